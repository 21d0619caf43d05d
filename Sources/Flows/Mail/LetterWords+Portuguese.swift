internal import Domain

extension LetterWords {
    init(portuguese letter: Letter, product: String) {
        func proof(_ proof: Letter.Proof, _ label: String) -> [LetterLayout.Part] {
            Self.proof(proof, label: label, in: .portuguese)
        }
        func moment(_ time: Timestamp) -> String { Self.moment(time, in: .portuguese) }
        switch letter {
        case .confirmSignUp(let it):
            self.init(
                "Confirme seu endereço de e-mail para \(product)",
                "Alguém, provavelmente você, quer criar uma conta em \(product) com este endereço. "
                    + "A conta passa a existir quando você confirmar.",
                proof(it, "Confirmar o endereço") + [
                    .paragraph(
                        "Se não foi você, não faça nada: nenhuma conta será criada. Nunca passe o código a ninguém.")
                ])
        case .alreadyRegistered(let signIn, let forgot):
            self.init(
                "Você já tem uma conta em \(product)",
                "Alguém, provavelmente você, tentou criar uma conta em \(product) com este endereço. "
                    + "Já existe uma, então nada mudou.",
                [
                    .link(label: "Entrar", url: signIn),
                    .link(label: "Escolher uma nova senha, se você esqueceu a sua", url: forgot),
                    .paragraph("Se não foi você, não precisa fazer nada."),
                ])
        case .verifyEmail(let it):
            self.init(
                "Confirme seu endereço de e-mail para \(product)",
                "Confirme, por favor, que as mensagens para este endereço chegam até você.",
                proof(it, "Confirmar o endereço") + [
                    .paragraph("Se você não tem conta em \(product), não faça nada. Nunca passe o código a ninguém.")
                ])
        case .resetPassword(let it):
            self.init(
                "Escolha uma nova senha para \(product)",
                "Alguém, provavelmente você, pediu uma nova senha para a sua conta em \(product).",
                proof(it, "Escolher uma nova senha") + [
                    .paragraph(
                        "Se não foi você, não faça nada: sua senha continua a mesma. Nunca passe o código a ninguém, "
                            + "nem a quem diga que trabalha para \(product).")
                ])
        case .invite(let it):
            self.init(
                "Você tem uma conta em \(product)",
                "Um administrador criou uma conta em \(product) para você. Escolha uma senha para usá-la.",
                proof(it, "Escolher uma senha") + [
                    .paragraph("Se você não esperava por isto, não faça nada: sem uma senha ninguém consegue entrar.")
                ])
        case .joinOrganisation(let it, let organisation):
            self.init(
                "Entre em \(organisation) em \(product)",
                "Você recebeu um convite para participar de \(organisation) em \(product). "
                    + "Você não precisa ter uma conta ainda.",
                proof(it, "Entrar em \(organisation)") + [
                    .paragraph("Se você não esperava por isto, não faça nada: sem o link ninguém passa a participar.")
                ])
        case .confirmEmailChange(let it):
            self.init(
                "Confirme seu novo endereço de e-mail para \(product)",
                "Você pediu para usar este endereço na sua conta em \(product). Ele passa a valer quando você confirmar.",
                proof(it, "Confirmar o novo endereço") + [
                    .paragraph("Se não foi você, não faça nada: a conta continua com o endereço antigo.")
                ])
        case .emailChanged(let mask, let undo):
            self.init(
                "O endereço de e-mail da sua conta em \(product) mudou",
                "Sua conta em \(product) agora tem o endereço \(mask). As mensagens não chegam mais aqui.",
                [.paragraph("Se não foi você, desfaça a mudança e escolha uma nova senha:")]
                    + proof(undo, "Desfazer a mudança"))
        case .passwordChanged(let time, let forgot):
            self.init(
                "Sua senha de \(product) mudou",
                "A senha da sua conta em \(product) mudou em \(moment(time)).",
                [
                    .paragraph("Se foi você, não precisa fazer nada. Se não foi, escolha já uma nova senha:"),
                    .link(label: "Escolher uma nova senha", url: forgot),
                ])
        case .accountDeactivated(let time):
            self.init(
                "Sua conta em \(product) foi desativada",
                "Sua conta em \(product) foi desativada em \(moment(time)). Nada foi apagado, e todas as sessões foram "
                    + "encerradas.",
                [.paragraph("Se não foi você, fale com quem administra \(product): alguém pode saber a sua senha.")])
        case .accountReactivated(let time):
            self.init(
                "Sua conta em \(product) está ativa de novo",
                "Sua conta em \(product) foi reativada em \(moment(time)).",
                [.paragraph("Se não foi você, escolha uma nova senha: alguém pode saber a sua.")])
        case .accountBanned(let until):
            self.init(
                "Sua conta em \(product) foi suspensa",
                "Sua conta em \(product) foi suspensa por um administrador até \(moment(until)). "
                    + "Até lá você não consegue entrar.",
                [.paragraph("Se você acha que é um engano, fale com quem administra \(product).")])
        case .accountDisabled:
            self.init(
                "Sua conta em \(product) foi bloqueada",
                "Sua conta em \(product) foi bloqueada por um administrador. Você não consegue mais entrar.",
                [.paragraph("Se você acha que é um engano, fale com quem administra \(product).")])
        case .accountDeleted(let finally, let undo):
            self.init(
                "Sua conta em \(product) será apagada",
                "Sua conta em \(product) está fechada, e tudo o que há nela será apagado em \(moment(finally)).",
                [.paragraph("Se não foi você, ou se você mudou de ideia, ainda pode ficar com a conta:")]
                    + proof(undo, "Ficar com a conta"))
        case .inactivityWarning(let time, let signIn):
            self.init(
                "Sua conta em \(product) será apagada se você não entrar",
                "Faz muito tempo que você não usa sua conta em \(product). Ela será apagada em \(moment(time)), "
                    + "a menos que você entre antes disso.",
                [
                    .link(label: "Entrar e ficar com a conta", url: signIn),
                    .paragraph("Se você não precisa mais da conta, não precisa fazer nada."),
                ])
        case .impersonated(let name, let start, let end, let mayWrite, let reason):
            self.init(
                "Um operador está usando sua conta em \(product)",
                "O operador \(name) começou a agir em seu nome em \(product), em \(moment(start)), e "
                    + (mayWrite ? "pode fazer mudanças. " : "só pode olhar, sem mudar nada. ")
                    + "Isso termina sozinho, o mais tardar, em \(moment(end)).",
                [
                    .paragraph("O motivo que foi dado: \(reason)"),
                    .paragraph(
                        "Sua senha não foi usada e ninguém a conhece. Sua conta mostra isso entre as suas sessões, onde "
                            + "você pode encerrá-lo. Se você não esperava por isso, fale com quem administra \(product)."
                    ),
                ])
        case .breakGlassUsed(let time, let address):
            self.init(
                "ALARME: o código de emergência de \(product) foi usado",
                "Em \(moment(time)) alguém abriu uma sessão de operador com o código de emergência, a partir de "
                    + "\(address.isEmpty ? "este servidor" : address).",
                [
                    .paragraph(
                        "Se você sabe quem foi e por quê, crie um novo código: aldrava break-glass create. Se não, encerre "
                            + "essa sessão imediatamente e descubra quem tinha o código.")
                ])
        case .test:
            self.init(
                "Um teste de \(product)",
                "Esta mensagem foi enviada para ver se as mensagens de \(product) chegam. Chegou.", [])
        }
    }
}

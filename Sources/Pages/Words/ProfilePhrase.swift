/// What the pages say about people's attributes, and about the work that a sign-up may take.
enum ProfilePhrase: Wording, CaseIterable {
    case profile, lead, incomplete, save, saved, changedMeanwhile, optional, suchAs, yes, no
    case wholeNumber, outOfRange, tooFew, invalidPhone, invalidDate, notOneOf
    case invalidCPF, repeatedCPF, wrongCPF, invalidOAB, invalidOABNumber
    case takenValue, aboveOwnRank, notWritable, unfit
    case workNeedsScript, working, workFailed, workOver

    var both: (english: String, portuguese: String) {
        switch self {
        case .profile: ("Your profile", "Seu perfil")
        case .lead:
            (
                "What is known about you here. What you cannot change yourself, an administrator can.",
                "O que se sabe sobre você aqui. O que você não pode mudar por conta própria, um administrador pode."
            )
        case .incomplete:
            ("Something is still missing in your profile.", "Ainda falta alguma informação no seu perfil.")
        case .save: ("Save", "Salvar")
        case .saved: ("Your profile has been saved.", "Seu perfil foi salvo.")
        case .changedMeanwhile:
            (
                "Your profile was changed by somebody else in the meantime. This is what it says now.",
                "Seu perfil foi alterado por outra pessoa nesse meio-tempo. Isto é o que ele diz agora."
            )
        case .optional: ("{} (optional)", "{} (opcional)")
        case .suchAs: ("Such as {}", "Por exemplo: {}")
        case .yes: ("Yes", "Sim")
        case .no: ("No", "Não")
        case .wholeNumber: ("Enter a whole number.", "Informe um número inteiro.")
        case .outOfRange: ("Enter a number from {} to {}.", "Informe um número de {} a {}.")
        case .tooFew: ("Use at least {} characters.", "Use pelo menos {} caracteres.")
        case .invalidPhone: ("This is not a telephone number.", "Isto não é um número de telefone.")
        case .invalidDate: ("Enter a day, such as 1990-02-28.", "Informe um dia, como 1990-02-28.")
        case .notOneOf: ("Choose one from the list.", "Escolha um item da lista.")
        case .invalidCPF:
            ("A CPF has eleven digits, such as 529.982.247-25.", "Um CPF tem onze dígitos, como 529.982.247-25.")
        case .repeatedCPF: ("This CPF is nobody’s.", "Este CPF não é de ninguém.")
        case .wrongCPF:
            (
                "The check digits of this CPF do not match. Look for a mistyped digit.",
                "Os dígitos verificadores deste CPF não conferem. Veja se algum dígito foi trocado."
            )
        case .invalidOAB:
            ("Enter a state and a number, such as SP 123456.", "Informe a UF e um número, como SP 123456.")
        case .invalidOABNumber:
            ("Enter a number of 1 to 6 digits, such as 123456.", "Informe um número de 1 a 6 dígitos, como 123456.")
        case .takenValue: ("This belongs to somebody else.", "Isto pertence a outra pessoa.")
        case .aboveOwnRank:
            (
                "This would change what you may do here. Ask an administrator.",
                "Isto mudaria o que você pode fazer aqui. Fale com um administrador."
            )
        case .notWritable: ("You cannot change this yourself.", "Você não pode mudar isto por conta própria.")
        case .unfit: ("What is on record does not fit here.", "O que está registrado não serve aqui.")
        case .workNeedsScript:
            (
                "To make an account here, your browser first solves a small task that keeps robots away. It takes "
                    + "JavaScript, which is switched off. Switch it on and load this page again.",
                "Para criar uma conta aqui, seu navegador resolve antes uma pequena tarefa que afasta robôs. Ela precisa "
                    + "de JavaScript, que está desativado. Ative-o e carregue esta página de novo."
            )
        case .working:
            (
                "One moment: your browser is solving a small task that keeps robots away.",
                "Um momento: seu navegador está resolvendo uma pequena tarefa que afasta robôs."
            )
        case .workFailed:
            (
                "The task that comes with this form could not be fetched. Try again.",
                "Não foi possível obter a tarefa que acompanha este formulário. Tente de novo."
            )
        case .workOver:
            (
                "The task that came with this form was over or used already. Send the form once more.",
                "A tarefa que acompanhava este formulário venceu ou já tinha sido usada. Envie o formulário mais uma vez."
            )
        }
    }
}

/// What the pages say about beginning, recovering, changing and ending an account.
enum AccountPhrase: Wording, CaseIterable {
    case forgotPassword, resetPassword, forgotLead, sendMail
    case checkMail, checkMailReset, checkMailSignUp, checkMailAddress, checkMailNewAddress
    case mailCode, mailCodeHint, nothingArrived, askAgain, sentAgain, backToSignIn
    case choosePassword, chooseLead, setPassword, newPassword, currentPassword, endOtherSessions, passwordWasSet
    case welcome, welcomeLead
    case confirmAccount, confirmAccountLead, confirmAccountByCode, confirmAndSignIn, accountConfirmed, chosenPassword
    case notTheChosenPassword
    case confirmAddress, confirmAddressLead, confirmThisAddress, addressConfirmed, addressNotConfirmed, sendConfirmation
    case changeEmail, changeEmailLead, newEmail, continueByMail
    case confirmNewAddress, confirmNewAddressLead, useThisAddress, addressChanged
    case undoChange, undoChangeLead, takeBack, changeUndone
    case changePassword, changePasswordLead, passwordChanged, wrongPassword
    case yourData, backToAccount, downloadData, downloadLead, download
    case deactivate, deactivateLead, deactivateAccount, deactivated, reactivateLead, reactivateAccount, reactivate,
        reactivated
    case delete, deleteLead, deleteAccount, deleted, keepAccount, keepAccountLead, keepIt, kept
    case wrongCode, proofOver, proofOverBecause, cancel
    case agreeTo, allow, readText, mustAgree
    case impersonations, impersonationsHint, operatorActs, operatorActed, operatorMayWrite, operatorMayLook, anOperator
    case joinOrganisation, joinLead, joinLeadOf, joinWithAccount, joinNow, joinBySigningIn, joined, signInToJoin,
        invitationForOtherAddress, confirmFirst, invitationOver

    var both: (english: String, portuguese: String) {
        switch self {
        case .impersonations: ("Operators in your account", "Operadores na sua conta")
        case .impersonationsHint:
            (
                "Operators of this service may act as you for a stated reason and a short time. Here is when.",
                "Operadores deste serviço podem agir em seu nome, com um motivo declarado e por pouco tempo. Veja quando."
            )
        case .operatorActs: ("acting as you now", "agindo em seu nome agora")
        case .operatorActed: ("over", "encerrado")
        case .operatorMayWrite: ("with changes", "com mudanças")
        case .operatorMayLook: ("looking only", "só olhando")
        case .anOperator: ("an operator", "um operador")
        case .forgotPassword: ("Forgot your password?", "Esqueceu a senha?")
        case .resetPassword: ("Reset your password", "Redefinir a senha")
        case .forgotLead:
            (
                "Enter your username or e-mail address. If there is such an account, its address gets a mail with the way "
                    + "to a new password.",
                "Informe seu nome de usuário ou e-mail. Se essa conta existir, o endereço dela recebe um e-mail com o "
                    + "caminho para uma nova senha."
            )
        case .sendMail: ("Send the mail", "Enviar o e-mail")
        case .checkMail: ("Check your mail", "Confira seu e-mail")
        case .checkMailReset:
            (
                "If there is such an account, a mail is on its way. Follow its link, or type its code here "
                    + "together with a new password.",
                "Se essa conta existir, um e-mail está a caminho. Siga o link que ele traz ou digite o "
                    + "código aqui, junto com uma nova senha."
            )
        case .checkMailSignUp:
            (
                "A mail is on its way to the address that you entered. Follow its link, or type its code here.",
                "Um e-mail está a caminho do endereço que você informou. Siga o link que ele traz ou digite o código aqui."
            )
        case .checkMailAddress:
            (
                "A mail is on its way to your address. Follow its link, or type its code here.",
                "Um e-mail está a caminho do seu endereço. Siga o link que ele traz ou digite o código aqui."
            )
        case .checkMailNewAddress:
            (
                "A mail is on its way to the new address. Nothing changes until you follow its link, or type its code "
                    + "here.",
                "Um e-mail está a caminho do novo endereço. Nada muda até que você siga o link que ele traz ou digite o "
                    + "código aqui."
            )
        case .mailCode: ("Code from the mail", "Código do e-mail")
        case .mailCodeHint:
            ("Eight digits, good for ten minutes.", "Oito dígitos, válidos por dez minutos.")
        case .nothingArrived:
            (
                "Nothing arrived? Look among the unwanted mail too.",
                "Não chegou nada? Olhe também na caixa de spam."
            )
        case .askAgain: ("Ask for another mail", "Pedir outro e-mail")
        case .sentAgain: ("Another mail is on its way.", "Outro e-mail está a caminho.")
        case .backToSignIn: ("Back to signing in", "Voltar para a entrada")
        case .choosePassword: ("Choose a new password", "Escolha uma nova senha")
        case .chooseLead:
            (
                "With the new password you sign in from now on. The old one stops working.",
                "A partir de agora você entra com a nova senha. A antiga deixa de valer."
            )
        case .setPassword: ("Set this password", "Definir esta senha")
        case .newPassword: ("New password", "Nova senha")
        case .currentPassword: ("Current password", "Senha atual")
        case .endOtherSessions:
            ("Sign me out of all other devices", "Encerrar minha sessão em todos os outros dispositivos")
        case .passwordWasSet:
            ("Your new password is set. Sign in with it.", "Sua nova senha está definida. Entre com ela.")
        case .welcome: ("Welcome", "Boas-vindas")
        case .welcomeLead:
            (
                "An account was made for you. Choose the password that you will sign in with.",
                "Uma conta foi criada para você. Escolha a senha com a qual vai entrar."
            )
        case .confirmAccount: ("Confirm your account", "Confirme sua conta")
        case .confirmAccountLead:
            (
                "Enter the password that you chose when you signed up. If you did not sign up here, close this page: "
                    + "nothing happens.",
                "Digite a senha que você escolheu ao se cadastrar. Se você não se cadastrou aqui, feche esta página: nada "
                    + "acontece."
            )
        case .confirmAccountByCode:
            ("Type the code from the mail.", "Digite o código que está no e-mail.")
        case .confirmAndSignIn: ("Confirm and sign in", "Confirmar e entrar")
        case .accountConfirmed:
            ("Your account is confirmed. Sign in.", "Sua conta está confirmada. Entre com ela.")
        case .chosenPassword: ("The password you chose", "A senha que você escolheu")
        case .notTheChosenPassword:
            (
                "This is not the password that was chosen at sign-up.",
                "Esta não é a senha que foi escolhida no cadastro."
            )
        case .confirmAddress: ("Confirm your e-mail address", "Confirme seu endereço de e-mail")
        case .confirmAddressLead:
            (
                "One step is left: press the button to show that this mail reached you.",
                "Falta um passo: aperte o botão para mostrar que este e-mail chegou até você."
            )
        case .confirmThisAddress: ("Confirm this address", "Confirmar este endereço")
        case .addressConfirmed:
            ("Your e-mail address is confirmed.", "Seu endereço de e-mail está confirmado.")
        case .addressNotConfirmed: ("not confirmed yet", "ainda não confirmado")
        case .sendConfirmation: ("Confirm it now", "Confirmar agora")
        case .changeEmail: ("Change e-mail address", "Trocar o endereço de e-mail")
        case .changeEmailLead:
            (
                "The new address gets a mail that you confirm it with. The present one, {}, is told of the change and can "
                    + "undo it.",
                "O novo endereço recebe um e-mail com o qual você o confirma. O atual, {}, é avisado da troca e pode "
                    + "desfazê-la."
            )
        case .newEmail: ("New e-mail address", "Novo endereço de e-mail")
        case .continueByMail: ("Send the mail to the new address", "Enviar o e-mail ao novo endereço")
        case .confirmNewAddress: ("Confirm your new address", "Confirme seu novo endereço")
        case .confirmNewAddressLead:
            (
                "Press the button, and your account uses the address that this mail was sent to.",
                "Aperte o botão, e sua conta passa a usar o endereço que recebeu este e-mail."
            )
        case .useThisAddress: ("Use this address", "Usar este endereço")
        case .addressChanged:
            ("Your e-mail address has been changed.", "Seu endereço de e-mail foi trocado.")
        case .undoChange: ("Undo the change of address", "Desfazer a troca de endereço")
        case .undoChangeLead:
            (
                "Your account goes back to the address that this mail was sent to, and everybody who is signed in to it "
                    + "is signed out. Then set a new password.",
                "Sua conta volta a usar o endereço que recebeu este e-mail, e todas as sessões abertas são encerradas. "
                    + "Depois, defina uma nova senha."
            )
        case .takeBack: ("Go back to this address", "Voltar a este endereço")
        case .changeUndone:
            (
                "Your account uses its former address again. If it was not you who changed it, set a new password now.",
                "Sua conta voltou a usar o endereço anterior. Se não foi você quem o trocou, defina uma nova senha agora."
            )
        case .changePassword: ("Change password", "Trocar a senha")
        case .changePasswordLead:
            (
                "Enter the present password once more, and then the one that takes its place.",
                "Digite mais uma vez a senha atual e depois a que vai ficar no lugar dela."
            )
        case .passwordChanged: ("Your password has been changed.", "Sua senha foi trocada.")
        case .wrongPassword:
            ("This is not your current password.", "Esta não é a sua senha atual.")
        case .yourData: ("Your data", "Seus dados")
        case .backToAccount: ("Back to your account", "Voltar para a sua conta")
        case .downloadData: ("Download your data", "Baixar seus dados")
        case .downloadLead:
            (
                "One file (JSON) with everything that this server holds about you: your account, sessions, consents, and "
                    + "what was recorded.",
                "Um arquivo (JSON) com tudo o que este servidor guarda sobre você: a conta, as sessões, os consentimentos "
                    + "e o que foi registrado."
            )
        case .download: ("Download", "Baixar")
        case .deactivate: ("Deactivate your account", "Desativar sua conta")
        case .deactivateLead:
            (
                "Nobody can sign in until you reactivate it with your password. Nothing is deleted.",
                "Ninguém pode entrar até que você a reative com sua senha. Nada é apagado."
            )
        case .deactivateAccount: ("Deactivate", "Desativar")
        case .deactivated:
            ("Your account is deactivated.", "Sua conta está desativada.")
        case .reactivateLead:
            (
                "Sign in with your name and password, and your account can be used again.",
                "Entre com seu nome e sua senha, e sua conta volta a funcionar."
            )
        case .reactivateAccount: ("Reactivate your account", "Reativar sua conta")
        case .reactivate: ("Reactivate", "Reativar")
        case .reactivated: ("Your account is in use again.", "Sua conta voltou a funcionar.")
        case .delete: ("Delete your account", "Excluir sua conta")
        case .deleteLead:
            (
                "Everybody is signed out, and the account is gone for good after some time. Until then, the mail that you "
                    + "get lets you keep it.",
                "Todas as sessões são encerradas e, depois de algum tempo, a conta deixa de existir. Até lá, o e-mail que "
                    + "você vai receber permite mantê-la."
            )
        case .deleteAccount: ("Delete my account", "Excluir minha conta")
        case .deleted:
            (
                "Your account will be deleted. The mail that we sent you lets you keep it after all.",
                "Sua conta será excluída. O e-mail que enviamos permite mantê-la, se você mudar de ideia."
            )
        case .keepAccount: ("Keep your account", "Manter sua conta")
        case .keepAccountLead:
            (
                "Press the button, and your account is not deleted. Then you can sign in as before.",
                "Aperte o botão, e sua conta não será excluída. Depois você pode entrar como antes."
            )
        case .keepIt: ("Keep my account", "Manter minha conta")
        case .kept:
            ("Your account is not deleted. Sign in as before.", "Sua conta não será excluída. Entre como antes.")
        case .wrongCode:
            (
                "This code is not right, or it is not good any more. After five wrong tries only another mail helps.",
                "Este código não está certo ou não vale mais. Depois de cinco tentativas erradas, só outro e-mail ajuda."
            )
        case .proofOver: ("This link is not good any more", "Este link não vale mais")
        case .proofOverBecause:
            (
                "It was used already, has run out, or was replaced by a newer one. Nothing was changed.",
                "Ele já foi usado, venceu ou foi substituído por um mais novo. Nada foi alterado."
            )
        case .cancel: ("Cancel", "Cancelar")
        case .joinOrganisation: ("Join an organisation", "Entrar em uma organização")
        case .joinLead:
            (
                "You were invited to become a member. Choose a username and a password for your account; your address is "
                    + "confirmed by the letter.",
                "Você recebeu um convite para participar. Escolha um nome de usuário e uma senha para a sua conta; seu "
                    + "endereço fica confirmado pela mensagem."
            )
        case .joinLeadOf:
            (
                "You are signed in as {}. Take the invitation up with this account?",
                "Você entrou como {}. Aceitar o convite com esta conta?"
            )
        case .joinWithAccount: ("Create the account and join", "Criar a conta e participar")
        case .joinNow: ("Take the invitation up", "Aceitar o convite")
        case .joinBySigningIn:
            (
                "You have an account with this address? Sign in, then open the letter's link once more.",
                "Já tem uma conta com este endereço? Entre e abra mais uma vez o link da mensagem."
            )
        case .joined: ("You are a member now.", "Agora você participa da organização.")
        case .signInToJoin:
            (
                "There is an account with this address. Sign in, then open the letter's link once more.",
                "Já existe uma conta com este endereço. Entre e abra mais uma vez o link da mensagem."
            )
        case .invitationForOtherAddress:
            (
                "The invitation went to another address than your account's.",
                "O convite foi enviado para um endereço diferente do da sua conta."
            )
        case .confirmFirst:
            (
                "Confirm your account's address first, then open the letter's link once more.",
                "Confirme antes o endereço da sua conta e abra mais uma vez o link da mensagem."
            )
        case .invitationOver:
            (
                "This invitation was used, withdrawn, replaced by a newer one, or is too old. Ask for another one.",
                "Este convite já foi usado, retirado, substituído por outro mais novo ou é antigo demais. Peça outro."
            )
        case .agreeTo: ("I agree to “{}”, version {}.", "Concordo com “{}”, versão {}.")
        case .allow: ("I allow “{}”, version {} (not required).", "Autorizo “{}”, versão {} (opcional).")
        case .readText: ("Read the text", "Ler o texto")
        case .mustAgree:
            ("Without this no account can be made.", "Sem isto não é possível criar a conta.")
        }
    }
}

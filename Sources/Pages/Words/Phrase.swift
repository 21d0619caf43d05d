/// What the pages say about signing in and out, sessions, and what is wrong.
enum Phrase: Wording, CaseIterable {
    case signIn, toContinueTo, usernameOrEmail, password, noAccountYet, createAccount, alreadyHaveAccount
    case username, email, passwordRule
    case wrongCredentials, busy, taken, problemInForm
    case required, tooLong, forbiddenCharacter, outerWhitespace, containsAt, notAnAddress, localPart, domain
    case passwordTooShort, passwordTooLong, passwordIsUsername, passwordIsEmail, passwordCommon
    case tooManyTries, passwordBreached, passwordUnchecked, disposableAddress
    case yourAccount, roles, noRoles, accountSince, sessions, sessionsHint, thisSession, alsoOpenIn
    case lastSeen, firstSeen, address, end, endThatOne, endOthers, signOut, signOutEverywhere, moreSessions
    case sessionEnded, sessionWasOver, othersEnded, signedOut, signedOutEverywhere
    case browserOnSystem, unknownDevice, program
    case justNow, aMinuteAgo, minutesAgo, anHourAgo, hoursAgo, yesterday, daysAgo, onDate
    case notAccepted, notAcceptedBecause, notReadable, notReadableBecause, unavailable, unavailableBecause
    case nothingHere, nothingHereBecause
    case usernameTaken, accountDeactivated, accountBanned
    case lastAdministrator
    case handoverFailed, handoverFailedBecause, tryAgain, language, skipToContent

    var both: (english: String, portuguese: String) {
        switch self {
        case .signIn: ("Sign in", "Entrar")
        case .toContinueTo: ("to continue to {}", "para continuar em {}")
        case .usernameOrEmail: ("Username or e-mail", "Nome de usuário ou e-mail")
        case .password: ("Password", "Senha")
        case .noAccountYet: ("No account yet?", "Ainda não tem conta?")
        case .createAccount: ("Create an account", "Criar uma conta")
        case .alreadyHaveAccount: ("Already have an account?", "Já tem uma conta?")
        case .username: ("Username", "Nome de usuário")
        case .email: ("E-mail address", "Endereço de e-mail")
        case .passwordRule:
            (
                "At least {} characters. A few words that only you would put together are strong and easy to remember.",
                "Pelo menos {} caracteres. Algumas palavras que só você juntaria são fortes e fáceis de lembrar."
            )
        case .wrongCredentials:
            (
                "This name and this password do not go together. Check both and try again.",
                "Este nome e esta senha não combinam. Confira os dois e tente de novo."
            )
        case .busy:
            (
                "Too many people are signing in at this moment. Wait a few seconds and try again.",
                "Há gente demais entrando neste momento. Espere alguns segundos e tente de novo."
            )
        case .tooManyTries:
            (
                "Too many tries. Wait a few minutes and try again. From a device that was signed in here before you can try at once.",
                "Tentativas demais. Espere alguns minutos e tente de novo. De um aparelho que já entrou aqui antes, você pode tentar logo."
            )
        case .lastAdministrator:
            (
                "You are the last administrator here. Make somebody else one first.",
                "Você é a última pessoa que administra aqui. Antes, torne outra pessoa administradora."
            )
        case .passwordBreached:
            (
                "This password is known from a breach of another service. Choose another one.",
                "Esta senha é conhecida por um vazamento de outro serviço. Escolha outra."
            )
        case .passwordUnchecked:
            (
                "This password cannot be checked at the moment. Try again later.",
                "Não é possível verificar esta senha neste momento. Tente de novo mais tarde."
            )
        case .disposableAddress:
            (
                "Use an address that you will keep: disposable ones are not accepted here.",
                "Use um endereço que você vai manter: endereços descartáveis não são aceitos aqui."
            )
        case .taken:
            (
                "There is already an account with this username or e-mail address.",
                "Já existe uma conta com este nome de usuário ou endereço de e-mail."
            )
        case .problemInForm: ("Check what is marked below.", "Confira o que está marcado abaixo.")
        case .required: ("Fill in this field.", "Preencha este campo.")
        case .tooLong: ("This is too long.", "O texto é longo demais.")
        case .forbiddenCharacter:
            ("This has a character that cannot be used here.", "Há um caractere que não pode ser usado aqui.")
        case .outerWhitespace:
            ("Remove the space at the beginning or at the end.", "Retire o espaço do começo ou do fim.")
        case .containsAt: ("A username cannot have an “@”.", "Um nome de usuário não pode ter “@”.")
        case .notAnAddress: ("This is not an e-mail address.", "Isto não é um endereço de e-mail.")
        case .localPart: ("The part before the “@” is not valid.", "A parte antes do “@” não é válida.")
        case .domain: ("The part after the “@” is not valid.", "A parte depois do “@” não é válida.")
        case .passwordTooShort: ("Use at least {} characters.", "Use pelo menos {} caracteres.")
        case .passwordTooLong: ("This password is too long.", "Esta senha é longa demais.")
        case .passwordIsUsername:
            ("The password must not be the username.", "A senha não pode ser o nome de usuário.")
        case .passwordIsEmail:
            ("The password must not be the e-mail address.", "A senha não pode ser o endereço de e-mail.")
        case .passwordCommon:
            (
                "This is one of the passwords that are tried first. Choose another one.",
                "Esta é uma das primeiras senhas que alguém tentaria. Escolha outra."
            )
        case .yourAccount: ("Your account", "Sua conta")
        case .roles: ("Roles", "Papéis")
        case .noRoles: ("None", "Nenhum")
        case .accountSince: ("Account since", "Conta criada em")
        case .sessions: ("Where you are signed in", "Onde sua conta está aberta")
        case .sessionsHint:
            (
                "One entry for each browser or program. End those that you do not recognise.",
                "Um item para cada navegador ou programa. Encerre os que você não reconhecer."
            )
        case .thisSession: ("This browser", "Este navegador")
        case .alsoOpenIn: ("Also signed in to {}", "Também aberta em {}")
        case .lastSeen: ("Last used {}", "Último uso {}")
        case .firstSeen: ("Signed in {}", "Entrada {}")
        case .address: ("from {}", "de {}")
        case .end: ("End", "Encerrar")
        case .endThatOne: ("End: {}", "Encerrar: {}")
        case .endOthers: ("End all others", "Encerrar todas as outras")
        case .signOut: ("Sign out", "Sair")
        case .signOutEverywhere: ("Sign out everywhere", "Sair de todos os lugares")
        case .moreSessions:
            (
                "There are more than are shown here. “End all others” ends those too.",
                "Há mais do que é mostrado aqui. “Encerrar todas as outras” encerra essas também."
            )
        case .sessionEnded: ("That session has been ended.", "A sessão foi encerrada.")
        case .sessionWasOver: ("That session was over already.", "Essa sessão já tinha terminado.")
        case .othersEnded: ("All other sessions have been ended.", "Todas as outras sessões foram encerradas.")
        case .signedOut: ("You have signed out.", "Você saiu da sua conta.")
        case .signedOutEverywhere:
            ("You have signed out everywhere.", "Você saiu da sua conta em todos os lugares.")
        case .browserOnSystem: ("{} on {}", "{} no {}")
        case .unknownDevice: ("Unknown device", "Dispositivo desconhecido")
        case .program: ("Program: {}", "Programa: {}")
        case .justNow: ("just now", "agora há pouco")
        case .aMinuteAgo: ("a minute ago", "há um minuto")
        case .minutesAgo: ("{} minutes ago", "há {} minutos")
        case .anHourAgo: ("an hour ago", "há uma hora")
        case .hoursAgo: ("{} hours ago", "há {} horas")
        case .yesterday: ("a day ago", "há um dia")
        case .daysAgo: ("{} days ago", "há {} dias")
        case .onDate: ("on {}", "em {}")
        case .notAccepted: ("This was not accepted", "O envio não foi aceito")
        case .notAcceptedBecause:
            (
                "Your browser did not show that the form was sent from this site. Open the page again and send it "
                    + "from there.",
                "Seu navegador não mostrou que o formulário foi enviado por este site. Abra a página de novo e envie "
                    + "por ela."
            )
        case .notReadable: ("This could not be read", "Não foi possível ler o envio")
        case .notReadableBecause:
            (
                "What arrived is not the form of this page. Open the page again and fill it in once more.",
                "O que chegou não é o formulário desta página. Abra a página de novo e preencha outra vez."
            )
        case .unavailable: ("Not possible right now", "Não é possível agora")
        case .unavailableBecause:
            (
                "The server cannot do this at the moment. Nothing was changed. Try again shortly.",
                "O servidor não consegue fazer isto no momento. Nada foi alterado. Tente de novo em instantes."
            )
        case .nothingHere: ("Nothing here", "Não há nada aqui")
        case .nothingHereBecause:
            (
                "There is no page at this address. Check it, or go back to where you came from.",
                "Não há nenhuma página neste endereço. Confira o endereço ou volte para onde estava."
            )
        case .usernameTaken:
            ("This username is taken. Choose another one.", "Este nome de usuário já está em uso. Escolha outro.")
        case .accountDeactivated:
            ("You deactivated this account.", "Você desativou esta conta.")
        case .accountBanned: ("This account is suspended until {}.", "Esta conta está suspensa até {}.")
        case .handoverFailed: ("Not signed in to {}", "Não foi possível entrar em {}")
        case .handoverFailedBecause:
            (
                "The way back from the sign-in page took too long, was used twice, or was begun in another browser. "
                    + "If this comes again, see whether your browser accepts cookies.",
                "A volta da página de entrada demorou demais, foi usada duas vezes ou começou em outro navegador. "
                    + "Se isto se repetir, veja se o seu navegador aceita cookies."
            )
        case .tryAgain: ("Try again", "Tentar de novo")
        case .language: ("Language", "Idioma")
        case .skipToContent: ("Skip to the content", "Ir para o conteúdo")
        }
    }
}

internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// What administrators do with many users, keys, letters and settings.
    static func ofAdministration(_ flows: UseCases, _ prefix: String) -> [Route] {
        let administration = flows.administration
        let admin = "\(prefix)/admin"
        let (keys, mail, settings) = ("\(admin)/signing-keys", "\(admin)/mail", "\(admin)/settings")
        return [
            Route(
                .patch, "\(admin)/users/{id}", .admin(.usersUpdate), bodyLimit: 65_536,
                EditUserEndpoint(editUser: administration.editUser)),
            Route(
                .post, "\(admin)/users/bulk", .admin(.usersRead), bodyLimit: 1 << 20,
                ChangeUsersEndpoint(changeUsers: administration.changeUsers)),
            ExportUsersRoute(exportUserList: administration.exportUserList).route("\(admin)/users/export"),
            Route(
                .get, keys, .admin(.signingKeysRead), ListSigningKeysEndpoint(listSigningKeys: flows.listSigningKeys)),
            Route(
                .post, "\(keys)/rotate", .admin(.signingKeysWrite),
                RotateSigningKeyEndpoint(rotateSigningKey: flows.rotateSigningKey)),
            Route(
                .post, "\(keys)/{kid}/retire", .admin(.signingKeysWrite),
                RetireSigningKeyEndpoint(retireSigningKey: flows.retireSigningKey)),
            Route(.get, mail, .admin(.mailRead), ListMailEndpoint(mail: administration.mail)),
            Route(.post, "\(mail)/{id}/retry", .admin(.mailWrite), RetryMailEndpoint(mail: administration.mail)),
            Route(
                .get, settings, .admin(.settingsRead),
                ShowSettingsEndpoint(changeSettings: administration.changeSettings)),
            Route(
                .patch, settings, .admin(.settingsWrite), bodyLimit: 1 << 20,
                ChangeSettingsEndpoint<PartOfSettings>(changeSettings: administration.changeSettings)),
            Route(
                .put, settings, .admin(.settingsWrite), bodyLimit: 1 << 20,
                ChangeSettingsEndpoint<WholeSettings>(changeSettings: administration.changeSettings)),
        ]
    }
}

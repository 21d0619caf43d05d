internal import Storage

extension StoreScope {
    static func realm(_ realm: Realm) -> StoreScope { .realm(realm.name) }
}

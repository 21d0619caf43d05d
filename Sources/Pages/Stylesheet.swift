internal import CAssets
internal import HTTP

/// The one file that every hosted page needs besides itself.
///
/// It lies below `/login`, so that a proxy which mounts the sign-in page has mounted it too. A digest of its content is
/// part of its name: it may be kept for ever, and an upgrade of the server brings another name.
enum Stylesheet {
    static let content = unsafe Asset.copy(assets_pages_style)

    /// The only name that is answered.
    static let name = PageFile.name("style", content, "css")

    static let template = "/login/\(name)"
    /// On an application's host, of which nothing else is ours.
    static let applicationTemplate = "/.aldrava/\(name)"

    static var response: Response { PageFile.response(content, "text/css; charset=utf-8") }
}

/// The script of a form that a proof of work goes with; the only one that the pages have.
///
/// It lies beside the style, for the same reason.
enum WorkScript {
    static let content = unsafe Asset.copy(assets_pages_work)
    static let template = "/login/\(PageFile.name("work", content, "js"))"
    static var response: Response { PageFile.response(content, "text/javascript; charset=utf-8") }
}

/// What the pages load. A digest of the content is part of its name: it may be kept for ever.
private enum PageFile {
    static func name(_ stem: StaticString, _ content: [UInt8], _ ending: StaticString) -> String {
        let tag = EntityTag(of: content).description.utf8.filter { $0 != UInt8(ascii: "\"") }
        return "\(stem)-\(String(decoding: tag, as: UTF8.self)).\(ending)"
    }

    static func response(_ content: [UInt8], _ media: StaticString) -> Response {
        var headers = Headers()
        headers.add("Content-Type", media.description)
        headers.add("Cache-Control", "public, max-age=31536000, immutable")
        headers.add("X-Content-Type-Options", "nosniff")
        headers.add("Cross-Origin-Resource-Policy", "same-origin")
        return Response(status: 200, headers: headers, body: content)
    }
}

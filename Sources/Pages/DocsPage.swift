internal import CAssets
public import HTTP

/// `/docs`: shows `/openapi.json` to people, and tries calls.
///
/// Everything comes from this server, nothing from elsewhere, so it works without the Internet.
public enum DocsPage {
    /// Scripts and styles from this server's own files only: text that somebody managed to put into the document
    /// can neither run nor send anything elsewhere.
    public static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    public static let files: [StaticFile] = [
        StaticFile(
            path: "/docs", media: "text/html; charset=utf-8", sentence: "This API's documentation, as a page.",
            contentSecurityPolicy: contentSecurityPolicy, content: { unsafe Asset.copy(assets_docs_page) }),
        StaticFile(
            path: "/docs/app.js", media: "text/javascript; charset=utf-8", sentence: "The script of that page.",
            content: { unsafe Asset.copy(assets_docs_script) }),
        StaticFile(
            path: "/docs/style.css", media: "text/css; charset=utf-8", sentence: "The style of that page.",
            content: { unsafe Asset.copy(assets_docs_style) }),
    ]
}

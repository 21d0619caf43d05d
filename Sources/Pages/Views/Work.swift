/// What goes with a form whose browser has to show a proof of work: the script that finds it, and a clear sentence for
/// whoever's browser runs none.
struct Work: Sendable {
    /// Where the challenge is asked for.
    let challenge: Link
    let source: Link
    let needsScript: String
    let working: String
    let failed: String

    var withoutScript: HTML {
        "<noscript><p class=\"notice bad\" role=\"alert\">\(needsScript)</p></noscript>\n"
    }

    var attributes: HTML {
        " data-challenge=\"\(challenge)\" data-working=\"\(working)\" data-failed=\"\(failed)\""
    }

    var fields: HTML {
        """
        <input type="hidden" name="challenge" value="">
        <input type="hidden" name="solution" value="">

        """
    }

    var script: HTML {
        """
        <p class="hint working" role="status"></p>
        <script src="\(source)" defer></script>

        """
    }
}

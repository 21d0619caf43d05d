// Tests of Pages: what may stand in a page, where a page may lead, and whole visits by a browser that keeps cookies.
//
// Start with `Browser.swift`.

import JSON

extension Operation {
    static let dashboard = Operation(
        "showDashboard", .about, "The dashboard: a page for browsers. Needs no token; it asks for one.",
        answers: [
            Answer(
                text: "The page.", content: [text("text/html; charset=utf-8", "<!doctype html>…")],
                headers: ["ETag": .string()]),
            .notModified,
        ])

    static let dashboardFile = Operation(
        "showDashboardFile", .about, "A file of the dashboard, as its page names it. Needs no token.",
        answers: [
            Answer(
                text: "The file, for ever.",
                content: [
                    text("text/javascript; charset=utf-8", "export const …"),
                    text("text/css; charset=utf-8", ":root {…}"), text("image/svg+xml", "<svg …"),
                ], headers: ["ETag": .string()]),
            .notModified,
        ],
        problems: [.notFound])

    private static func text(_ type: String, _ example: JSONValue) -> Content {
        Content(mediaType: type, schema: .string(), example: example)
    }
}

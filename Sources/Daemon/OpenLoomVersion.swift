/// The version of this program, for `--version`, `nodes/NODE.json` and `/readyz`.
package enum OpenLoomVersion {
    package static let text = "0.1.0"
}

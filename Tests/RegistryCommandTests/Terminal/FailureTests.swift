import Diagnostics
import Testing

@testable import RegistryCommand
@testable import RegistryKit

struct FailureTests {
  private let error = RegistryError(
    .noSuchFile, "There is no file a\u{1b}.jpg.", place: .file("a.jpg"), remedy: "Check it.")

  @Test func `people read the message, the place and the remedy`() {
    #expect(
      Failure.text(of: error, .plain)
        == "Error: There is no file a\\u{1b}.jpg.\n  at: a.jpg\n  try: Check it.\n")
  }

  @Test func `scripts read one document with null for what is not known`() {
    let bare = RegistryError(.writeFailed, "It failed.", place: Place())
    #expect(
      Failure.document(of: bare).text == """
        {
          "error": {
            "code": "write_failed",
            "message": "It failed.",
            "place": null,
            "remedy": null
          }
        }
        """)
    #expect(Failure.document(of: error)["error"]?["place"] == .text("a.jpg"))
  }

  @Test func `JSON is asked for only among the options`() {
    #expect(Failure.wantsJSON(["models", "--json"]))
    #expect(!Failure.wantsJSON(["predict", "m", "--", "--json"]))
  }
}

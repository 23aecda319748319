import Diagnostics
import Testing

@testable import Catalog

struct ReferenceTests {
  @Test func `names, versions and aliases are told apart`() throws {
    #expect(try Reference(parsing: "wolfdog") == Reference(name: "wolfdog"))
    #expect(
      try Reference(parsing: "wolfdog@3") == Reference(name: "wolfdog", selector: .version(3)))
    #expect(
      try Reference(parsing: "wolfdog@production")
        == Reference(name: "wolfdog", selector: .alias("production")))
    #expect(try Reference(parsing: "wölfe-2.1_b").name == "wölfe-2.1_b")
    for text in ["a", "a@1", "a@b"] {
      #expect(try Reference(parsing: text).description == text)
    }
  }

  @Test(arguments: [
    "", "@", "@3", "a@", "a@0", "a@-1", "a@b@c", "-a", ".a", "..", "a/b", "a b", "a\nb", "a\u{0}",
    "a@99999999999999999999", "a\u{202e}b", String(repeating: "a", count: 129), "😀",
  ])
  func `other texts are refused`(text: String) {
    let error = #expect(throws: RegistryError.self) { try Reference(parsing: text) }
    #expect(error?.code == .malformedReference)
    #expect(error?.message.unicodeScalars.contains { $0.value < 32 } == false)
  }

  @Test func `a name has at most 128 bytes and says what it is for`() throws {
    try NameRule.check(String(repeating: "a", count: 128), "model")
    try NameRule.check("e\u{301}", "model")
    let error = #expect(throws: RegistryError.self) { try NameRule.check("a b", "dataset") }
    #expect(error?.code == .malformedName)
    #expect(error?.message == "'a b' cannot name a dataset: it has a space.")
  }
}

import Testing

@testable import RegistryKit

struct JSONValueTests {
  private struct Answer: Encodable {
    var model = "wolf"
    var bytesAdded = 3
    var run: String?
    var relativeChange: Double? = 0.25
    var metrics: [String: Double?] = ["validationLoss": .nan, "a": nil, "b": 1.5]
    var base: Base? = Base()
    var matrix = [[1, 2], [3, 4]]
    var kept: Float = 0.1

    struct Base: Encodable {
      var name = "base"
      var isFrozen = true
    }
  }

  @Test func `keys are in snake case and in the order of their declaration`() throws {
    let value = try JSONValue(encoding: Answer())
    #expect(
      value.members.map(\.key) == [
        "model", "bytes_added", "run", "relative_change", "metrics", "base", "matrix", "kept",
      ])
    #expect(value["base"]?.members.map(\.key) == ["name", "is_frozen"])
  }

  @Test func `nil becomes null, and numbers that are not finite their names`() throws {
    let value = try JSONValue(encoding: Answer())
    #expect(value["run"] == .null)
    #expect(value["metrics"]?["validationLoss"] == .text("NaN"))
    #expect(value["metrics"]?["a"] == .null)
    #expect(
      try JSONValue(encoding: [Double.infinity, -.infinity])
        == .array([.text("Infinity"), .text("-Infinity")]))
    #expect(try JSONValue(encoding: [Float.nan]) == .array([.text("NaN")]))
  }

  @Test func `keys of dictionaries are data, so they are sorted and kept as they are`() throws {
    let value = try JSONValue(encoding: ["greyWolf": 1, "Dog": 2, "a b": 3])
    #expect(value.members.map(\.key) == ["Dog", "a b", "greyWolf"])
  }

  @Test func `numbers keep their shortest form`() throws {
    #expect(try JSONValue(encoding: Answer())["kept"] == .number("0.1"))
    #expect(try JSONValue(encoding: [1e-5, 1, 1e300]).text == "[1e-05, 1.0, 1e+300]")
  }

  @Test func `text is escaped as the standard demands`() {
    #expect(JSONValue.text("a\"b\\c\n\t\u{1b}\u{7f}é🐺").text == #""a\"b\\c\n\t\u001b\u007fé🐺""#)
  }

  @Test func `what fits on a line stays on one, objects are indented`() throws {
    let value = try JSONValue(encoding: ["labels": ["dog", "wolf"]])
    #expect(value.text == "{\n  \"labels\": [\"dog\", \"wolf\"]\n}")
    #expect(JSONValue.object([]).text == "{}")
    #expect(JSONValue.array([]).text == "[]")
    #expect(try JSONValue(encoding: [["a": 1]]).text == "[\n  {\n    \"a\": 1\n  }\n]")
  }

  @Test func `a matrix stays readable when it is too wide for a line`() throws {
    let text = try JSONValue(encoding: [Array(1...40), Array(1...3)]).text
    #expect(text.hasPrefix("[\n  [\n    1,\n"))
    #expect(text.hasSuffix("\n  [1, 2, 3]\n]"))
  }
}

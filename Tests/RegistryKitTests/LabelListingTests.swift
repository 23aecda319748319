import Diagnostics
import Foundation
import RegistryKit
import TestSupport
import Testing

struct LabelListingTests {
  private func listing(_ text: String, groupColumn: String? = nil) throws -> LabelListing {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "labels")
      try Data(text.utf8).write(to: file)
      return try LabelListing(path: file.path, groupColumn: groupColumn)
    }
  }

  @Test func `CSV with quotes, a byte order mark and carriage returns is read`() throws {
    let rows = try listing(
      "\u{feff}path,label,split,camera\r\n\"a,b.jpg\",coyote,val,7\r\nc.png,\"the \"\"jackal\"\"\",,8\r\n",
      groupColumn: "camera"
    ).rows
    #expect(rows.map(\.path) == ["a,b.jpg", "c.png"])
    #expect(rows.map(\.labels) == [["coyote"], ["the \"jackal\""]])
    #expect(rows.map(\.split) == ["validation", nil])
    #expect(rows.map(\.group) == ["7", "8"])
    #expect(rows.map(\.line) == [2, 3])
  }

  @Test func `JSON Lines with numbers as labels is read`() throws {
    let rows = try listing(
      """
      {"path": "a.jpg", "label": 3, "split": "test"}

      {"path": "b.jpg", "label": "wolf"}
      """
    ).rows
    #expect(rows.map(\.labels) == [["3"], ["wolf"]])
    #expect(rows.map(\.line) == [1, 3])
  }

  @Test(arguments: [
    ("file,label\na.jpg,dog\n", 1),
    ("path,label\na.jpg\n", 2),
    ("path,label\na.jpg,\n", 2),
    ("path,label,split\na.jpg,dog,train\nb.jpg,dog,later\n", 3),
    ("path,label\n\"a.jpg,dog\n", 2),
    ("{\"path\": \"a.jpg\", \"label\": \"dog\"}\n{oops\n", 2),
    ("path,label,labels\na.jpg,dog,dog\n", 1),
    ("path,label,label\na.jpg,dog,dog\n", 1),
    ("path,label\na.jpg,\"dog\"x\n", 2),
    ("path,labels\na.jpg,dog;;cat\n", 2),
    ("path,label\na.jpg,do\u{0}g\n", 2),
    ("path,label\na\u{0}.jpg,dog\n", 2),
    ("path,label\na.jpg,\(String(repeating: "x", count: 10_000))\n", 2),
    ("path,label\n\"a\nb.jpg\",dog\n\"c.jpg,dog\n", 4),
    ("{\"path\": \"a.jpg\", \"labels\": [\"dog\", {}]}\n", 1),
    ("{\"path\": \"a.jpg\", \"labels\": []}\n{\"path\": \"b.jpg\", \"label\": \"dog\"}\n", 2),
    ("{\"path\": [\"a.jpg\"], \"label\": \"dog\"}\n", 1),
  ])
  func `a broken line is named`(text: String, line: Int) {
    let error = #expect(throws: RegistryError.self) { try listing(text) }
    #expect(error?.code == .badLabelFile)
    #expect(error?.place?.line == line)
  }

  @Test func `lines end with a line feed, a carriage return or both, in CSV and in JSON`() throws {
    for end in ["\n", "\r\n", "\r"] {
      let rows = try listing("path,label\(end)a.jpg,dog\(end)\(end)b.jpg,wolf").rows
      #expect(rows.map(\.path) == ["a.jpg", "b.jpg"])
      #expect(rows.map(\.line) == [2, 4])
    }
    let rows = try listing(
      "\u{feff}{\"path\": \"a.jpg\", \"label\": \"dog\"}\r\n{\"path\": \"ü.jpg\", \"label\": \"犬\"}\r\n"
    ).rows
    #expect(rows.map(\.path) == ["a.jpg", "ü.jpg"] && rows.map(\.labels) == [["dog"], ["犬"]])
  }

  @Test func `several labels stand in a column or an array`() throws {
    let csv = try listing("path,labels\na.jpg,dog; indoors\nb.jpg,\nc.jpg,\"wolf, grey\"\n")
    #expect(csv.isMultiLabel)
    #expect(csv.rows.map(\.labels) == [["dog", "indoors"], [], ["wolf, grey"]])
    let json = try listing(
      #"""
      {"path": "a.jpg", "labels": ["dog", 7], "box": {"x": [1, 2]}}
      {"path": "b.jpg", "labels": []}
      """#)
    #expect(json.isMultiLabel)
    #expect(json.rows.map(\.labels) == [["dog", "7"], []])
    #expect(try listing("path,label\na.jpg,a;b\n").rows.map(\.labels) == [["a;b"]])
  }

  @Test func `a line of a megabyte and a list of many lines are read`() throws {
    let path = String(repeating: "x", count: 1 << 20)
    #expect(try listing("path,label\n\(path),dog\n").rows.map(\.path.utf8.count) == [1 << 20])
    let many = (0..<50_000).map { "\($0).jpg,dog\n" }.joined()
    #expect(try listing("path,label\n" + many).rows.count == 50_000)
  }

  @Test(arguments: 0..<400)
  func `random bytes of a list are read or refused, with the line`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let parts = [
      "path", "label", "labels", ",", "\"", "\n", "\r", ";", "{", "}", "[", "]", ":", "a.jpg",
      "dog",
      " ", "\u{feff}", "\u{0}", "ü", "\\", "1e999", "null", "split", "train",
    ]
    var text = Bool.random(using: &generator) ? "path,label,split\n" : "{\"path\": \"a\""
    for _ in 0..<Int.random(in: 0..<60, using: &generator) {
      text += parts.randomElement(using: &generator) ?? ""
    }
    do {
      for row in try listing(text).rows {
        #expect(!row.path.isEmpty && row.line > 0)
        #expect(row.labels.allSatisfy { LabelRule.problem($0) == nil })
      }
    } catch let error as RegistryError {
      #expect(error.code == .badLabelFile && error.place?.line != nil, "\(error)")
    }
  }

  @Test func `text that is not UTF-8 is refused`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "labels.csv")
      try Data([0x70, 0xff, 0xfe]).write(to: file)
      #expect(throws: RegistryError.self) {
        try LabelListing(path: file.path, groupColumn: nil)
      }
    }
  }
}

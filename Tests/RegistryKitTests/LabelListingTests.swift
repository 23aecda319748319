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
    #expect(rows.map(\.label) == ["coyote", "the \"jackal\""])
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
    #expect(rows.map(\.label) == ["3", "wolf"])
    #expect(rows.map(\.line) == [1, 3])
  }

  @Test(arguments: [
    ("file,label\na.jpg,dog\n", 1),
    ("path,label\na.jpg\n", 2),
    ("path,label\na.jpg,\n", 2),
    ("path,label,split\na.jpg,dog,train\nb.jpg,dog,later\n", 3),
    ("path,label\n\"a.jpg,dog\n", 2),
    ("{\"path\": \"a.jpg\", \"label\": \"dog\"}\n{oops\n", 2),
  ])
  func `a broken line is named`(text: String, line: Int) {
    let error = #expect(throws: RegistryError.self) { try listing(text) }
    #expect(error?.code == .badLabelFile)
    #expect(error?.place?.line == line)
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

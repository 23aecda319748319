import Presentation
import Testing

@testable import RegistryCommand

struct TableTests {
  @Test func `columns are as wide as their widest cell, numbers stand right`() {
    var table = Table("name", ">images")
    table.add("dog", "7")
    table.add("maned wolf", "1,200")
    #expect(
      table.text() == """
        name        images
        dog              7
        maned wolf   1,200

        """)
  }

  @Test func `no line ends with a blank`() {
    var table = Table("a", "b", ">c")
    table.add("long enough", "", "")
    table.add("x", "y", "")
    #expect(table.text().split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
  }

  @Test func `wide letters and joined marks keep columns straight`() {
    var table = Table("", "")
    table.add("狼", "a")
    table.add("e\u{301}é", "b")
    table.add("🐺x", "c")
    #expect(table.text() == "狼   a\ne\u{301}é   b\n🐺x  c\n")
  }

  @Test func `control characters cannot reach the terminal`() {
    var table = Table("", "")
    table.add("a\u{1b}[31m\nb", "c")
    #expect(table.text() == "a\\u{1b}[31m\\nb  c\n")
  }

  @Test func `colours do not count as width`() {
    var table = Table("", ">")
    table.add(.init("ok", .good), "1")
    table.add("plain", "22")
    #expect(
      table.text(Style(isEnabled: true)) == "\u{1b}[32mok\u{1b}[0m      1\nplain  22\n")
  }

  @Test func `a remark widens no column`() {
    var table = Table("layer", "status")
    table.addRemark("… 48 layers the same")
    table.add("head", "added")
    #expect(table.text() == "layer  status\n… 48 layers the same\nhead   added\n")
  }

  @Test(arguments: [("abcdef", 4, "abc…"), ("abc", 3, "abc"), ("狼狼狼", 4, "狼…"), ("ab", 0, "")])
  func `text is cut to a width`(text: String, width: Int, result: String) {
    #expect(text.truncated(toWidth: width) == result)
  }
}

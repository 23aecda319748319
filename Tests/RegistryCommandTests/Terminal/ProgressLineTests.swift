import Diagnostics
import Presentation
import Testing

@testable import RegistryCommand

struct ProgressLineTests {
  private func update(_ completed: Int, of total: Int? = 100) -> ProgressUpdate {
    ProgressUpdate(
      "Importing", completed: completed, total: total, unit: "images", detail: "loss 0.5")
  }

  @Test func `work of less than a second draws nothing`() {
    var line = ProgressLine()
    #expect(line.line(for: update(0), at: 0, width: 100) == nil)
    #expect(line.line(for: update(90), at: 0.99, width: 100) == nil)
  }

  @Test func `it draws at most ten times a second`() {
    var line = ProgressLine()
    var count = 0
    for millisecond in 0..<3_000 {
      let time = Double(millisecond) / 1_000
      if line.line(for: update(millisecond, of: 3_000), at: time, width: 100) != nil { count += 1 }
    }
    #expect((18...20).contains(count))
  }

  @Test func `the line has the count, the rate, the time left and the detail`() {
    var line = ProgressLine()
    _ = line.line(for: update(0), at: 0, width: 100)
    let text = line.line(for: update(50), at: 2, width: 100)
    #expect(
      text == "Importing  ▕██████████          ▏  50/100 images  25/s  2.0 s left  loss 0.5")
  }

  @Test func `without a total there is no bar`() {
    var line = ProgressLine()
    _ = line.line(for: update(0, of: nil), at: 0, width: 100)
    #expect(
      line.line(for: update(4, of: nil), at: 2, width: 100)
        == "Importing  4 images  2.0/s  loss 0.5")
  }

  @Test func `another activity starts its own count`() {
    var line = ProgressLine()
    _ = line.line(for: update(0), at: 0, width: 100)
    var next = ProgressUpdate("Training", completed: 0, total: 10, unit: "epochs")
    _ = line.line(for: next, at: 10, width: 100)
    next.completed = 5
    #expect(line.line(for: next, at: 15, width: 100)?.contains("1.0/s  5.0 s left") == true)
  }

  @Test func `the line is no wider than the terminal`() {
    var line = ProgressLine()
    let text = line.line(for: update(50), at: 2, width: 30)
    #expect(text?.terminalWidth == 30)
    #expect(text?.hasSuffix("…") == true)
  }

  @Test(arguments: [-1, 0, 0.004, 0.5, 0.999, 1, 2])
  func `a bar is always twenty columns wide`(share: Double) {
    #expect(ProgressLine.bar(share).terminalWidth == 22)
  }
}

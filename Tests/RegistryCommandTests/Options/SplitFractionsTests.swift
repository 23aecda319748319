import ArgumentParser
import RegistryKit
import Testing

@testable import RegistryCommand

struct SplitFractionsTests {
  @Test func `three shares that add up to one are taken`() throws {
    #expect(try SplitFractions(argument: "0.7,0.15,0.15") == .standard)
    #expect(
      try SplitFractions(argument: "1,0,0") == SplitFractions(train: 1, validation: 0, test: 0))
  }

  @Test(arguments: [
    ("0.5,0.6", "three numbers"), ("a,b,c", "three numbers"), ("0.5,0.25,", "three numbers"),
    ("0.5,0.6,0.1", "add up to 1, not 1.200"), ("-0.5,1,0.5", "between 0 and 1"),
    ("nan,0.5,0.5", "between 0 and 1"), ("0,0.5,0.5", "above zero"), ("", "three numbers"),
  ])
  func `other shares are refused with what is wrong`(text: String, reason: String) {
    let error = #expect(throws: ValidationError.self) { try SplitFractions(argument: text) }
    #expect(error?.message.contains(reason) == true)
  }
}

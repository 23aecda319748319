import Testing

@testable import Training

struct ConstantOutputsTests {
  @Test func `rows that are the same but for rounding are constant`() {
    #expect(ConstantOutputs.areConstant([1, -200, 1, -200.000_1, 1, -200], width: 2))
    #expect(ConstantOutputs.areConstant([0, 0, 0, 0], width: 2))
    #expect(!ConstantOutputs.areConstant([1, -2, 1, -2.001], width: 2))
    #expect(!ConstantOutputs.areConstant([1, 2, .nan, 2], width: 2))
  }

  @Test func `one row tells nothing`() {
    #expect(!ConstantOutputs.areConstant([1, 2], width: 2))
    #expect(!ConstantOutputs.areConstant([], width: 2))
  }
}

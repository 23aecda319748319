import Foundation
import TestSupport
import Testing

/// Training steps, as the benchmark of them makes them one by one.
@Suite(.enabled(if: Interposition.allocations != nil, "There is no C compiler."))
struct StepAllocationTests {
  @Test(arguments: [
    ("resnet18", "layer4"), ("mobilenet_v2", "features.14"), ("tf_efficientnet_lite0", "blocks.5"),
    ("vit_tiny_patch16_224", "blocks.10"),
  ])
  func `training steps allocate no buffer, since all memory was planned before the first`(
    _ network: String, _ part: String
  ) throws {
    #expect(try largeAllocations(network, part, steps: 1) > 0)
    #expect(
      try largeAllocations(network, part, steps: 6)
        == largeAllocations(network, part, steps: 1))
  }

  /// How many blocks of 64 KiB and more a process asks for that makes so many steps.
  private func largeAllocations(_ network: String, _ part: String, steps: Int) throws -> Int {
    try withRegistryProcess { process in
      var process = process
      let file = process.folder.appending(path: "allocations")
      process.environment = [
        "LD_PRELOAD": Interposition.allocations?.path ?? "", "ALLOCATIONS": file.path,
        "OMP_WAIT_POLICY": "passive",
      ]
      let result = try process.run(
        [network, part, "2", "1"], input: String(repeating: "step\n", count: steps),
        program: BuiltProgram.named("TrainingStepBenchmark"))
      try #require(result.exitCode == 0, "\(result.standardError)")
      #expect(result.standardOutput.split(separator: "\n").count == steps + 1)
      let text = try String(contentsOf: file, encoding: .utf8)
      return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
  }
}

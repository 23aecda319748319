import Diagnostics
import Networks
import Testing

struct LayerPatternTests {
  @Test(arguments: [
    ("*", "layer1.0.conv1", true), ("layer4*", "layer4.1.bn2", true),
    ("layer4*", "layer3.1.bn2", false), ("*.bn?", "layer1.0.bn1", true),
    ("*.bn?", "layer1.0.bn", false), ("conv1", "conv1", true), ("conv1", "conv12", false),
    ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("", "", true), ("", "x", false),
    ("**", "x", true), ("?", "", false),
  ])
  func `stars and question marks stand for characters`(
    pattern: String, name: String, fits: Bool
  ) {
    #expect(LayerPattern(pattern).matches(name) == fits)
  }

  @Test func `a pattern names layers with tensors`() throws {
    let network = Architecture.resNet18.network(labels: 2)
    #expect(
      try network.layerNames(matching: "layer4.1.*", of: "m")
        == ["layer4.1.conv1", "layer4.1.bn1", "layer4.1.conv2", "layer4.1.bn2"])
    let leading = try network.layerNames(upTo: "layer1", of: "m")
    #expect(leading.last?.hasPrefix("layer1.1.") == true)
    #expect(leading.allSatisfy { !$0.hasPrefix("layer2.") })
    #expect(try network.layerNames(upTo: "bn1", of: "m") == ["conv1", "bn1"])
  }

  @Test(arguments: [
    ("layer5.*", "layer1.*, layer2.*, layer3.*"), ("layer4", "layer4.*, layer1.*, layer2.*"),
    ("layer4.1.conv3", "layer4.1.conv1, layer4.1.conv2, layer1.1.conv1"),
  ])
  func `a pattern that fits nothing lists the nearest names`(pattern: String, nearest: String) {
    let network = Architecture.resNet18.network(labels: 2)
    let error = #expect(throws: RegistryError.self) {
      try network.layerNames(matching: pattern, of: "base@1")
    }
    #expect(error?.code == .unknownLayer)
    #expect(error?.place?.layer == pattern)
    #expect(
      error?.remedy?.hasPrefix("The nearest are \(nearest). ") == true, "\(error?.remedy ?? "")")
  }
}

import RegistryKit
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
}

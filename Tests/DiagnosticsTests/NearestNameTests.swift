import Diagnostics
import Testing

struct NearestNameTests {
  @Test(arguments: [
    ("resnet81", "resnet18"), ("ResNet-18", "resnet18"),
    ("eficientnet_lite0", "efficientnet_lite0"),
  ])
  func `a slip of the finger is understood`(misspelt: String, meant: String) {
    #expect(["resnet18", "efficientnet_lite0"].nearest(to: misspelt) == meant)
  }

  @Test func `something else altogether suggests nothing`() {
    #expect(["resnet18", "efficientnet_lite0"].nearest(to: "wolfdog") == nil)
    #expect([String]().nearest(to: "resnet18") == nil)
  }

  @Test func `the nearest names come in the order of their likeness`() {
    let names = ["conv1", "layer1.0.conv1", "layer1.*", "layer2.*", "fc"]
    #expect(names.nearest(to: "layer3.*", count: 2) == ["layer1.*", "layer2.*"])
    #expect(names.nearest(to: "con1", count: 1) == ["conv1"])
    #expect(names.nearest(to: "x", count: 9).count == 5)
  }
}

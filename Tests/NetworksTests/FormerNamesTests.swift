import Diagnostics
import Networks
import Tensors
import Testing

struct FormerNamesTests {
  /// A state dict of an architecture's shapes, with names changed as given.
  private func stateDict(
    _ architecture: Architecture, _ rename: (String) -> String
  ) -> StateDict {
    StateDict(
      architecture.network(labels: 2).tensors.filter { !$0.isOptional }.map {
        (rename($0.name), Tensor(shape: $0.shape) { _ in })
      })
  }

  @Test func `DenseNet's former names are those that torchvision renames`() throws {
    let published = stateDict(.denseNet121) { name in
      name.contains("denselayer")
        ? name.replacing(/\.(norm|conv)([12])\./) { ".\($0.output.1).\($0.output.2)." } : name
    }
    #expect(published["features.denseblock1.denselayer1.norm.1.running_mean"] != nil)
    #expect(published["features.denseblock4.denselayer16.conv.2.weight"] != nil)
    #expect(throws: RegistryError.self) { try Architecture.inferred(from: published) }
    let present = published.withPresentNames()
    #expect(present.names == stateDict(.denseNet121) { $0 }.names)
    let architecture = try Architecture.inferred(from: present)
    #expect(architecture.name == "densenet121")
    #expect(try architecture.network(for: present).load(present).count == present.count)
  }

  @Test func `the vision transformer's former names are those that torchvision renames`() throws {
    let architecture = try Architecture.named("vit_b_16")
    let published = stateDict(architecture) { name in
      name.replacing(".mlp.0.", with: ".mlp.linear_1.").replacing(".mlp.3.", with: ".mlp.linear_2.")
    }
    #expect(published["encoder.layers.encoder_layer_11.mlp.linear_2.bias"] != nil)
    let present = published.withPresentNames()
    #expect(present.names == stateDict(architecture) { $0 }.names)
    #expect(try Architecture.inferred(from: present).name == "vit_b_16")
  }

  @Test(arguments: Architecture.all.map(\.name))
  func `present names stay as they are`(name: String) throws {
    let names = stateDict(try Architecture.named(name)) { $0 }
    #expect(names.withPresentNames().names == names.names)
  }

  @Test func `a tensor of the present name is never replaced`() {
    let former = "features.denseblock1.denselayer1.norm.1.bias"
    let present = "features.denseblock1.denselayer1.norm1.bias"
    let both = StateDict([
      (former, Tensor(shape: [1]) { $0[0] = 1 }), (present, Tensor(shape: [1]) { $0[0] = 2 }),
    ])
    #expect(both.withPresentNames().names == [former, present])
    #expect(both.withPresentNames()[present]?.floats() == [2])
  }
}

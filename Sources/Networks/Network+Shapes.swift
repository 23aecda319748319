package import Diagnostics
package import Tensors

extension Network {
  /// What each layer puts out for one image `[3, height, width]`, by its name, without the batch:
  /// `[C, H, W]`, or `[F]` after flatten.
  ///
  /// Asking validates the description: names are unique, each layer comes after what it reads, and
  /// every layer accepts what it is given. A description from a file or from storage is asked
  /// before ``tensors`` or anything else is.
  ///
  /// - Throws: `malformed_network` with the layer.
  package func outputShapes(input: Shape) throws(RegistryError) -> [String: Shape] {
    guard (1...3).contains(input.rank),
      input.extents.allSatisfy({ (1...Operation.maximumExtent).contains($0) })
    else {
      throw RegistryError(
        .malformedNetwork,
        "A network reads [channels, height, width], or [tokens, features] or [features] behind "
          + "other layers, not \(input).",
        remedy: "State the size of the preprocessed image.")
    }
    var shapes = [Self.inputName: input]
    for layer in layers {
      var inputs: [Shape] = []
      for name in layer.inputs {
        guard let shape = shapes[name] else {
          throw RegistryError(
            .malformedNetwork,
            "Layer \(layer.name) reads \(name), which does not come before it.",
            place: Place(layer: layer.name),
            remedy: "List layers in an order in which each comes after what it reads.")
        }
        inputs.append(shape)
      }
      let shape: Shape
      do { shape = try layer.operation.outputShape(of: inputs) } catch {
        throw error.at(Place(layer: layer.name))
      }
      guard !layer.name.isEmpty, shapes.updateValue(shape, forKey: layer.name) == nil else {
        throw RegistryError(
          .malformedNetwork, "Two layers are named \(layer.name), or one has no name.",
          place: Place(layer: layer.name), remedy: "Give each layer a name of its own.")
      }
    }
    try checkTensorNames()
    if let first = head.first {
      guard first.inputs == [featureLayer] else {
        throw RegistryError(
          .malformedNetwork, "The head reads \(first.inputs), not the last layer of the backbone.",
          place: Place(layer: first.name), remedy: "Let the head read \(featureLayer).")
      }
    }
    shapes[Self.inputName] = nil
    return shapes
  }

  /// Refuses tensors that would be taken for those of another layer.
  private func checkTensorNames() throws(RegistryError) {
    for layer in layers {
      for tensor in layer.tensors where Layer.name(ofTensor: tensor.name) != layer.name {
        throw RegistryError(
          .malformedNetwork, "The tensor \(tensor.name) has not the name of layer \(layer.name).",
          place: Place(layer: layer.name, tensor: tensor.name),
          remedy: "Name the tensor after its layer, with no further dot.")
      }
    }
  }

  /// How many numbers an optimizer could change: weights and biases, not running statistics.
  package var parameterCount: Int {
    tensors.lazy.filter { $0.role == .parameter }.reduce(0) { $0 + $1.shape.elementCount }
  }

  /// How many multiplications with an addition one image costs, in convolutions, linear layers and
  /// matrix products; attention's two products count.
  ///
  /// - Throws: `malformed_network`, as ``outputShapes(input:)``.
  package func multiplyAdds(input: Shape) throws(RegistryError) -> Int {
    let shapes = try outputShapes(input: input)
    var count = 0
    for layer in layers {
      guard let output = shapes[layer.name] else { continue }
      switch layer.operation {
      case .convolution(let convolution):
        count +=
          output.elementCount * (convolution.inChannels / convolution.groups)
          * convolution.kernel.height * convolution.kernel.width
      case .linear(let linear): count += linear.inFeatures * output.elementCount
      case .attention: count += 2 * output[0] * output.elementCount
      case .matrixProduct:
        let first = layer.inputs.first.flatMap { shapes[$0] } ?? []
        count += output.elementCount * (first.extents.last ?? 0)
      default: break
      }
    }
    return count
  }
}

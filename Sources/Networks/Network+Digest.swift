package import Tensors

extension Network {
  /// The digest of what some leading layers compute: of their description and of their tensors.
  ///
  /// Two prefixes with one digest put out the same for the same input, whichever models they
  /// belong to: the first part of an activation cache's key. Counters of batches do not enter,
  /// since nothing is computed with them.
  ///
  /// - Precondition: `tensors` has a digest for each weight, bias and running statistic.
  package static func prefixDigest(
    layers: [Layer], tensors: [String: Digest]
  ) -> Digest {
    var hasher = DigestHasher()
    hasher.update("prefix 1\n")
    for layer in layers {
      hasher.update("\(layer.name)\t\(layer.operation.canonicalText)\t")
      hasher.update(layer.inputs.joined(separator: ",") + "\n")
      for tensor in layer.tensors where !tensor.isOptional {
        guard let digest = tensors[tensor.name] else {
          preconditionFailure("the digest of \(tensor.name) is needed")
        }
        hasher.update("\(tensor.name)\t\(digest)\n")
      }
    }
    return hasher.finalize()
  }
}

extension Operation {
  /// All that the result depends on, as text that never changes between versions of the program.
  fileprivate var canonicalText: String {
    switch self {
    case .convolution(let it):
      "convolution \(it.inChannels) \(it.outChannels) \(text(it.kernel)) \(text(it.stride)) "
        + "\(text(it.padding)) \(text(it.dilation)) \(it.groups) \(it.bias)"
    case .batchNorm(let it): "batchnorm \(it.channels) \(it.epsilon)"
    case .layerNorm(let it): "layernorm \(it.features) \(it.epsilon)"
    case .linear(let it): "linear \(it.inFeatures) \(it.outFeatures) \(it.bias)"
    case .activation(let it): it.rawValue
    case .add: "add"
    case .multiply: "multiply"
    case .concatenate: "concatenate"
    case .narrow(let it): "narrow \(it.start) \(it.length)"
    case .channelShuffle(let groups): "channelshuffle \(groups)"
    case .maxPool(let it): "maxpool \(text(it.kernel)) \(text(it.stride)) \(text(it.padding))"
    case .averagePool(let it):
      "averagepool \(text(it.kernel)) \(text(it.stride)) \(text(it.padding))"
    case .globalAveragePool: "globalaveragepool"
    case .flatten: "flatten"
    case .reshape(let shape): "reshape \(shape)"
    case .transpose(let order): "transpose \(order)"
    case .matrixProduct: "matrixproduct"
    case .softmax: "softmax"
    case .attention(let it): "attention \(it.heads)"
    case .layerScale(let it): "layerscale \(it.shape)"
    case .classToken(let it): "classtoken \(it.shape)"
    case .positionEmbedding(let it): "positionembedding \(it.shape)"
    case .dropout(let rate): "dropout \(rate)"
    case .stochasticDepth(let rate): "stochasticdepth \(rate)"
    }
  }

  private func text(_ extent: Extent) -> String { "\(extent.height)x\(extent.width)" }

  private func text(_ padding: Padding) -> String {
    "\(padding.top),\(padding.left),\(padding.bottom),\(padding.right)"
  }
}

private import Tensors

// The vision transformer (Dosovitskiy et al., 2020, arXiv:2010.11929) on 14 x 14 patches of 16
// pixels, with timm's names and with torchvision's. Both compute the same.
extension Architecture {
  /// ViT tiny, small and base with timm's names, and base with torchvision's.
  static let visionTransformers =
    [("tiny", 192, 3), ("small", 384, 6), ("base", 768, 12)].map { size, width, heads in
      visionTransformer(
        "vit_\(size)_patch16_224",
        .tensorFlowInTimm(shortSide: 248, size: 224, interpolation: .bicubic), width: width,
        heads: heads, .timm)
    } + [visionTransformer("vit_b_16", .torchvision(), width: 768, heads: 12, .torchvision)]

  private static func visionTransformer(
    _ name: String, _ preprocessing: Preprocessing, width: Int, heads: Int,
    _ names: TransformerNaming
  ) -> Architecture {
    Architecture(name, preprocessing: preprocessing, classifier: names.classifier) { network in
      network.convolution(
        names.patches, width, kernel: 16, stride: 16, padding: .exactly(0), bias: true)
      let patches = network.shape[1] * network.shape[2]
      network.append("tokens", .reshape([width, patches]))
      network.append("tokens", .transpose([1, 0]))
      network.append(
        names.classToken, .classToken(LearnedTensor(name: "", shape: [1, 1, width])))
      network.append(
        names.position.layer,
        .positionEmbedding(
          LearnedTensor(name: names.position.tensor, shape: [1, patches + 1, width])))
      for index in 0..<12 {
        network.transformerBlock("\(names.block)\(index)", heads: heads, names)
      }
      network.layerNorm(names.norm)
      network.append("class", .narrow(Narrow(start: 0, length: 1)))
      network.append("flatten", .flatten)
    }
  }
}

/// What a library calls the parts of a vision transformer.
private struct TransformerNaming {
  let patches: String
  let classToken: String
  let position: (layer: String, tensor: String)
  /// What stands before a block's number.
  let block: String
  let attentionNorm: String
  let queriesKeysValues: (layer: String, tensorPrefix: String?)
  let projection: String
  let perceptronNorm: String
  let perceptron: (expand: String, project: String)
  let norm: String
  let classifier: String

  static let timm = Self(
    patches: "patch_embed.proj", classToken: "cls_token", position: ("pos_embed", ""),
    block: "blocks.", attentionNorm: "norm1", queriesKeysValues: ("attn.qkv", nil),
    projection: "attn.proj", perceptronNorm: "norm2", perceptron: ("mlp.fc1", "mlp.fc2"),
    norm: "norm", classifier: "head")

  static let torchvision = Self(
    patches: "conv_proj", classToken: "class_token", position: ("encoder", "pos_embedding"),
    block: "encoder.layers.encoder_layer_", attentionNorm: "ln_1",
    queriesKeysValues: ("self_attention", "in_proj_"), projection: "self_attention.out_proj",
    perceptronNorm: "ln_2", perceptron: ("mlp.0", "mlp.3"), norm: "encoder.ln",
    classifier: "heads.head")
}

extension NetworkBuilder {
  /// Attention and a perceptron for each token, each behind a norm and added to its input.
  fileprivate mutating func transformerBlock(
    _ name: String, heads: Int, _ names: TransformerNaming
  ) {
    let (input, width) = (last, shape[1])
    layerNorm("\(name).\(names.attentionNorm)")
    linear(
      "\(name).\(names.queriesKeysValues.layer)", 3 * width,
      tensorPrefix: names.queriesKeysValues.tensorPrefix)
    append("\(name).attention", .attention(Attention(heads: heads)))
    linear("\(name).\(names.projection)", width)
    residual(name, with: input)
    let attended = last
    layerNorm("\(name).\(names.perceptronNorm)")
    linear("\(name).\(names.perceptron.expand)", 4 * width)
    append("\(name).act", .activation(.gelu))
    linear("\(name).\(names.perceptron.project)", width)
    residual(name, with: attended)
  }
}

package import Diagnostics
package import Tensors

/// A network's plan, from which graphs for any number of labels are made.
///
/// To add one, describe it in `Architectures/` and name it in ``all``.
package struct Architecture: Sendable {
  /// The name that a model version records, in timm's and torchvision's spelling.
  package let name: String
  /// Another name that means this plan when a file's tensors have this plan's names.
  package let alias: String?
  /// How the pictures were prepared that the published weights were trained with.
  package let preprocessing: Preprocessing
  /// The name of the last layer with weights, whose outputs are the labels.
  package let classifier: String
  /// What that layer is.
  package let classifierKind: ClassifierKind
  /// The layers between the features and ``classifier``, without tensors.
  package let regularization: [(name: String, operation: Operation)]
  private let describe: @Sendable (inout NetworkBuilder) -> Void

  /// What tells the labels apart.
  package enum ClassifierKind: Sendable {
    /// A linear layer on features `[F]`.
    case linear
    /// A 1x1 convolution on `[C, H, W]`, then relu, and the mean over height and width.
    case pooledConvolution
  }

  /// A plan whose `backbone` appends the layers up to and including the features that a classifier
  /// of that kind reads.
  package init(
    _ name: String, alias: String? = nil, preprocessing: Preprocessing, classifier: String,
    classifierKind: ClassifierKind = .linear,
    regularization: [(name: String, operation: Operation)] = [],
    backbone: @escaping @Sendable (inout NetworkBuilder) -> Void
  ) {
    self.name = name
    self.alias = alias
    self.preprocessing = preprocessing
    self.classifier = classifier
    self.classifierKind = classifierKind
    self.regularization = regularization
    describe = backbone
  }

  /// The height in pixels of what the network reads.
  package var inputHeight: Int { preprocessing.cropHeight }
  /// The width in pixels of what the network reads.
  package var inputWidth: Int { preprocessing.cropWidth }
  /// The shape of one preprocessed picture: `[3, height, width]`.
  package var inputShape: Shape { [3, inputHeight, inputWidth] }

  /// The graph with that many outputs.
  ///
  /// - Parameters:
  ///   - labels: How many outputs there are.
  ///   - input: The shape `[3, H, W]` of one picture, where it is not ``inputShape``: linear layers
  ///     on flattened maps and embeddings of positions depend on it.
  /// - Returns: The graph.
  /// - Precondition: there is at least one label, and the picture is large enough.
  package func network(labels: Int, input: Shape? = nil) -> Network {
    var builder = NetworkBuilder(input: input ?? inputShape)
    describe(&builder)
    let backboneCount = builder.layers.count
    for layer in regularization { builder.append(layer.name, layer.operation) }
    switch classifierKind {
    case .linear: builder.linear(classifier, labels)
    case .pooledConvolution:
      builder.convolution(classifier, labels, kernel: 1, padding: .symmetric, bias: true)
      builder.append("classifier_relu", .activation(.relu))
      builder.pooledFeatures(pool: "global_pool", flatten: "flatten")
    }
    return Network(
      architecture: name, backbone: Array(builder.layers[..<backboneCount]),
      head: Array(builder.layers[backboneCount...]))
  }
}

extension RegistryError.Code {
  /// No architecture has that name.
  package static let unknownArchitecture = Self("unknown_architecture", .usage)
}

extension Architecture {
  /// Every plan that is known, in the order in which lists show them.
  package static let all: [Architecture] = [
    [
      .resNet18, .resNet34, .resNet50, .resNet101, .wideResNet50, .mobileNetV2, .timmMobileNetV2,
    ],
    efficientNetLites, mobileNetV3s, efficientNets, convNeXts, visionTransformers, squeezeNets,
    [.denseNet121], shuffleNetV2s, [.alexNet], vggs, [.convNet],
  ].flatMap { $0 }

  /// The names of all plans, separated by commas.
  package static var knownNames: String { all.map(\.name).joined(separator: ", ") }

  /// The plan of that name, in any case, with `-` or `_`.
  ///
  /// Where a name means different plans to different libraries, the names of the tensors to load
  /// decide, when these are given.
  ///
  /// - Throws: `unknown_architecture`, which lists the known ones.
  package static func named(
    _ name: String, for stateDict: StateDict? = nil
  ) throws(RegistryError) -> Architecture {
    let spelling = name.lowercased().replacing("-", with: "_")
    if let stateDict,
      let namesake = all.first(where: {
        $0.alias == spelling && stateDict["\($0.classifier).weight"] != nil
      })
    {
      return namesake
    }
    if let architecture = all.first(where: { $0.name == spelling }) { return architecture }
    let suggestion = all.map(\.name).nearest(to: spelling).map { "Did you mean \($0)? " } ?? ""
    throw RegistryError(
      .unknownArchitecture, "There is no architecture \(name).", place: .subject(name),
      remedy: "\(suggestion)Known architectures: \(knownNames).")
  }
}

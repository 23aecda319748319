private import Catalog
package import Networks
private import Tensors

/// What a folder holds that the Hugging Face Hub, timm and transformers read.
package struct ModelFolder {
  /// The name of the file of tensors.
  package static let weights = "model.safetensors"
  /// The name of the model card.
  package static let card = "README.md"

  /// The other files: names and texts.
  package let texts: [(name: String, text: String)]
  /// The tensors, by the names that timm or torchvision has for them.
  package let tensors: StateDict
  /// The model's own names of those tensors that it calls otherwise.
  package let originals: [String: String]
  /// What the file of tensors says beside them.
  package let metadata: [String: String]
}

extension Registry {
  /// The model card that an exported folder has, in Markdown.
  ///
  /// - Throws: `unknown_model`, `missing_object`.
  package func modelCard(of reference: String) throws -> String {
    try modelFolder(of: load(reference)).texts.first { $0.name == ModelFolder.card }?.text ?? ""
  }

  /// The files of a model's folder.
  ///
  /// Where timm has the network under other tensor names, the folder has timm's, so that
  /// `timm.create_model` loads it.
  package func modelFolder(of model: LoadedModel) throws -> ModelFolder {
    let plan = Architecture.all.first { $0.name == model.record.architecture }
    let names = plan?.tensorNames(
      of: model.network, labels: model.labels.count, input: model.preprocessing.inputShape)
    let publicName = names == nil ? nil : plan?.publicName
    var tensors = StateDict()
    var originals: [String: String] = [:]
    for (name, tensor) in model.stateDict.entries {
      let renamed = names?[name] ?? name
      tensors[renamed] = tensor
      if renamed != name { originals[renamed] = name }
    }
    let classifier = plan.map { plan in names?["\(plan.classifier).weight"] ?? plan.classifier }
    let config = TimmConfig(
      model, publicName, classifier: classifier?.replacing(".weight", with: ""))
    let processor = ImageProcessorConfig(model)
    return ModelFolder(
      texts: [
        (ModelFolder.card, try modelCard(of: model, publicName).text),
        ("config.json", try JSONValue(encoding: config).text + "\n"),
        ("preprocessor_config.json", try JSONValue(encoding: processor).text + "\n"),
      ], tensors: tensors, originals: originals, metadata: ModelFileMetadata.texts(of: model))
  }
}

/// `config.json` with the keys that timm writes and reads for models on the Hub.
private struct TimmConfig: Encodable {
  let architecture: String
  let numClasses: Int
  let numFeatures: Int?
  let labelNames: [String]
  let pretrainedCfg: Pretrained

  struct Pretrained: Encodable {
    let inputSize: [Int]
    let fixedInputSize: Bool
    let interpolation: String
    let cropPct: Double
    let cropMode: String
    let mean: [Float]
    let std: [Float]
    let numClasses: Int
    let classifier: String?
  }

  init(_ model: LoadedModel, _ publicName: Architecture.PublicName?, classifier: String?) {
    let preprocessing = model.preprocessing
    architecture = publicName?.name ?? model.record.architecture
    numClasses = model.labels.count
    numFeatures = model.network.tensors.last { $0.shape.extents.count > 1 }?.shape.extents[1]
    labelNames = model.labels
    pretrainedCfg = Pretrained(
      inputSize: preprocessing.inputShape.extents,
      // For timm this means that the network must be told the size, as position embeddings need.
      fixedInputSize: model.network.tensors.contains { $0.name.hasSuffix("pos_embed") },
      interpolation: preprocessing.interpolation.rawValue,
      cropPct: Double(preprocessing.cropHeight) / Double(preprocessing.shortSide),
      cropMode: "center", mean: preprocessing.mean, std: preprocessing.standardDeviation,
      numClasses: model.labels.count, classifier: classifier)
  }
}

/// `preprocessor_config.json` for the image processor of transformers that resizes the short side and
/// crops the centre, as torchvision does.
private struct ImageProcessorConfig: Encodable {
  struct ShortSide: Encodable { let shortestEdge: Int }
  struct Crop: Encodable {
    let height: Int
    let width: Int
  }

  let imageProcessorType = "BitImageProcessor"
  let doConvertRgb = true
  let doResize = true
  let size: ShortSide
  /// The number of the filter in Pillow.
  let resample: Int
  let doCenterCrop = true
  let cropSize: Crop
  let doRescale = true
  let rescaleFactor = 1.0 / 255
  let doNormalize = true
  let imageMean: [Float]
  let imageStd: [Float]

  init(_ model: LoadedModel) {
    let preprocessing = model.preprocessing
    size = ShortSide(shortestEdge: preprocessing.shortSide)
    resample =
      switch preprocessing.interpolation {
      case .bilinear: 2
      case .bicubic: 3
      }
    cropSize = Crop(height: preprocessing.cropHeight, width: preprocessing.cropWidth)
    imageMean = preprocessing.mean
    imageStd = preprocessing.standardDeviation
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model to a file that other tools or registries read.",
    discussion: """
      safetensors has all tensors of one model, those of the base too, under the names that PyTorch \
      uses for the architecture, and in its metadata the labels, the preprocessing, the architecture \
      and the base. `registry import-model` reads the file back, labels included.

      pytorch has the same tensors as torch.save writes a state dict; torch.load reads it with \
      weights_only=True.

      onnx has the graph with its tensors, which ONNX Runtime and others compute; labels and \
      preprocessing are in its metadata. It reads normalized pixels [N, 3, H, W] and puts out logits, \
      unless --preprocessing and --softmax say otherwise.

      folder is what the Hugging Face Hub expects: model.safetensors under timm's names where timm has \
      the network, config.json, preprocessor_config.json, and README.md, a model card with the base, \
      datasets, metrics, lineage and the licence that the tag `license` names.

      archive has models with all that they come from: their bases, the datasets with their images, \
      the runs with parameters and metrics, aliases and signatures. It is a tar file, which \
      `registry import-archive` reads into another registry, where names, versions, runs, times and \
      digests stay the same.

      Every byte is checked against its digest before it is written.

      Examples:
        registry export wolfdog --output wolfdog.safetensors
        registry export wolfdog@2 --format safetensors --output w.safetensors --force
        registry export wolfdog --format pytorch --output wolfdog.pth
        registry export wolfdog --format onnx --softmax --output wolfdog.onnx
        registry export wolfdog --format folder --output wolfdog-on-the-hub
        registry export wolfdog coyote --format archive --output canines.tar
      """)

  @Argument(
    help: ArgumentHelp(
      "The model: NAME, NAME@3 or NAME@ALIAS; several for an archive.", valueName: "model"),
    completion: .model)
  var models: [String]

  @Option(help: "How the file is written.")
  var format: Format = .safetensors

  @Option(
    help: ArgumentHelp("The file or folder to write.", valueName: "path"), completion: .file())
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Flag(
    help: "Let an ONNX model put out probabilities: softmax, or sigmoid for independent labels.")
  var softmax = false

  @Flag(help: "Let an ONNX model read the bytes of resized and cropped RGB pictures, [N, H, W, 3].")
  var preprocessing = false

  @OptionGroup var global: GlobalOptions

  /// How a model is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors
    case pytorch
    case onnx
    case folder
    case archive

    /// How one model is written; `nil` for an archive.
    var ofOneModel: ModelExportRequest.Format? {
      switch self {
      case .safetensors: .safetensors
      case .pytorch: .pytorch
      case .onnx: .onnx
      case .folder: .folder
      case .archive: nil
      }
    }
  }

  mutating func validate() throws {
    if format != .archive, models.count > 1 {
      throw ValidationError("Only an archive holds several models: --format archive.")
    }
    if format != .onnx, softmax || preprocessing {
      throw ValidationError("Only an ONNX model has --softmax and --preprocessing: --format onnx.")
    }
    if format == .folder, force {
      throw ValidationError("A folder is never replaced: name a new or an empty one.")
    }
  }

  func run() throws {
    let registry = try global.open()
    guard let format = format.ofOneModel else {
      let request = ArchiveExportRequest(models: models, path: output, isReplacing: force)
      let result = try global.work { progress, cancellation in
        try registry.exportArchive(request, progress: progress, cancellation: cancellation)
      }
      return try global.show(result, result.report)
    }
    var request = ModelExportRequest(
      model: models[0], path: output, format: format, isReplacing: force)
    request.hasProbabilities = softmax
    request.hasPreprocessing = preprocessing
    let result = try global.work { progress, cancellation in
      try registry.export(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.warn(
      of: result.recalled, using: ModelName(model: result.model, version: result.version))
  }
}

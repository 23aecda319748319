import Foundation
import RegistryKit

/// A program that has a registry inside: it imports pictures and a pretrained network, derives a
/// model for the pictures' labels, trains its head and asks it about one picture.
///
/// Usage: `EmbeddingExample REGISTRY NETWORK PICTURES PICTURE`, for example with
/// `fixtures/photos/wolfdog` and a picture of it.
@main
struct EmbeddingExample {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 4 else {
      print("Usage: EmbeddingExample REGISTRY NETWORK PICTURES PICTURE")
      exit(64)
    }
    let paths = Array(arguments)
    do {
      try run(registry: paths[0], network: paths[1], pictures: paths[2], picture: paths[3])
    } catch let error as RegistryError {
      print("\(error.message) \(error.remedy ?? "")")
      exit(1)
    }
  }

  private static func run(
    registry folder: String, network: String, pictures: String, picture: String
  ) throws {
    _ = try Registry.initialize(at: folder)
    let registry = try Registry(opening: folder)

    let images = try registry.importImages(
      ImageImportRequest(paths: [pictures], dataset: "animals"))
    print("\(images.dataset)@\(images.version) has \(images.images.added) images")
    let base = try registry.importModel(ModelImportRequest(path: network, name: "base"))
    print("\(base.model)@\(base.version) is a \(base.architecture)")

    let child = try registry.derive(
      DeriveRequest(base: "base", head: "animals"), training: TrainRequest())
    print("\(child.model)@\(child.version) added \(child.bytesAdded) bytes")
    print("test accuracy \(child.metrics["test_accuracy"] ?? .nan), by run \(child.run)")

    let answer = try registry.predict(
      PredictRequest(model: child.model, paths: [picture], top: 1))
    for prediction in answer.predictions {
      for candidate in prediction.labels { print("\(prediction.path) shows a \(candidate.label)") }
    }
  }
}

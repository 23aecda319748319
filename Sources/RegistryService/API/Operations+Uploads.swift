internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
private import NIOPosix
internal import RegistryKit

extension Operation {
  /// What brings files here.
  @OperationList static func uploads() -> [Operation] {
    submission(ImportImagesJob.self, "Imports the images of an upload as a dataset.")
    submission(ImportModelJob.self, "Imports a model file of an upload.")
    submission(ImportArchiveJob.self, "Imports an archive of an upload.")
    submission(EditDatasetJob.self, "Adds, removes, relabels or moves images of a dataset.")
    post("uploads", "Begins an upload: files that are to be imported.", body: EmptyBody.self) {
      _, registry, _ in try registry.beginUpload()
    }
    get("uploads/{upload}", "Tells what an upload has.", .upload) { call, registry in
      try registry.upload(call.path("upload"))
    }
    delete("uploads/{upload}", "Removes an upload.", .upload) { call, registry in
      try registry.removeUpload(call.path("upload"))
    }
    Operation(
      method: .put, path: "uploads/{upload}/files/{file}",
      summary: "Writes a file of an upload; slashes in its name are folders, sent as %2F.",
      role: .write,
      parameters: [Parameter].upload + [Parameter.path("file", "The name of the file.")],
      takesBytes: true, answer: .json(.of(UploadedFileSummary.self))
    ) { call in
      let summary = try await call.store(
        as: call.path("file"), inUpload: call.path("upload"))
      return Operation.changed(try JSONValue(encoding: summary).line)
    }
    Operation(
      method: .post, path: "models/{model}/predict",
      summary: "Labels an image, which is the body.", role: .read,
      parameters: [Parameter].model + [
        .query("top", .integer(1...1_000), "How many labels; 5 if not given."),
        .query("name", "What the image is called in the answer."),
      ], takesBytes: true, answer: .json(.of(PredictionResult.self))
    ) { call in
      let upload = try await call.served.change { try $0.beginUpload().upload }
      let answer: Result<String, any Error>
      do {
        _ = try await call.store(as: "image", inUpload: upload)
        let text = try await call.served.work { registry, cancellation in
          var result = try registry.predict(
            PredictRequest(
              model: call.path("model"), paths: [registry.path(of: "image", inUpload: upload)],
              top: call.integer("top") ?? 5), cancellation: cancellation)
          for index in result.predictions.indices {
            result.predictions[index].path = call.text("name") ?? "image"
          }
          return try JSONValue(encoding: result).line
        }
        answer = .success(text)
      } catch {
        answer = .failure(Self.named(error, call.text("name") ?? "image"))
      }
      _ = try? await call.served.change { try $0.removeUpload(upload) }
      return Operation.changed(try answer.get())
    }
  }

  /// An error whose place is the image that the client knows, not the file that holds it here.
  private static func named(_ error: any Error, _ name: String) -> any Error {
    guard let error = error as? RegistryError, let file = error.place?.file else { return error }
    return RegistryError(
      error.code, error.message.replacing(file, with: name), place: .subject(name),
      remedy: error.remedy, cause: error)
  }
}

extension [Parameter] {
  fileprivate static let upload: [Parameter] = [.path("upload", "The name of the upload.")]
}

extension Call {
  /// Stores the body as a file, piece by piece as it comes.
  fileprivate func store(
    as name: String, inUpload upload: String
  ) async throws -> UploadedFileSummary {
    let threads = NIOThreadPool.singleton
    // One piece is written at a time, each on some thread that may wait for the disk.
    nonisolated(unsafe) let file = try await served.change { registry in
      nonisolated(unsafe) let file = try registry.beginFile(name, ofUpload: upload)
      return Unshared(file)
    }.value
    for try await buffer in request.body {
      try await threads.runIfActive { try buffer.withUnsafeReadableBytes { try file.write($0) } }
    }
    return try await threads.runIfActive { try file.finish() }
  }
}

/// Something that goes from one thread to another and is used by one at a time.
///
/// Unchecked, since the compiler cannot see that whoever makes it lets go of it.
private struct Unshared<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}

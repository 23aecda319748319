package import ModelFiles
package import Networks
package import ObjectStore

extension Registry {
  /// Writes tensors as one object, a safetensors file, piece by piece; it is durable when the call
  /// returns.
  ///
  /// - Returns: the object, and where each tensor stands in it.
  /// - Throws: what writing reports.
  package func writeObject(
    _ tensors: StateDict, metadata: [String: String] = [:]
  ) throws -> (object: StoredObject, layout: SafetensorsLayout) {
    let layout = SafetensorsLayout(tensors, metadata: metadata)
    let batch = ObjectBatch(objects)
    let writer = try batch.writer()
    try layout.write(tensors) { try writer.append($0) }
    let object = try writer.finish()
    try batch.commit()
    return (object, layout)
  }
}

internal import Catalog
internal import Diagnostics
internal import Foundation
internal import ModelFiles
internal import Networks
internal import Tensors

@testable internal import RegistryKit

extension FuzzTarget {
  static func readListing(_ bytes: UnsafeRawBufferPointer) throws {
    let listing = try LabelListing(path: file(Data(bytes)), groupColumn: nil)
    for row in listing.rows {
      precondition(!row.path.isEmpty && !row.path.utf8.contains(0), "a row names a path")
      precondition(row.labels.allSatisfy { LabelRule.problem($0) == nil }, "its labels are labels")
    }
  }

  static func readEdits(_ bytes: UnsafeRawBufferPointer) throws {
    _ = try EditListing(path: file(Data(bytes)), limits: .standard)
  }

  static func readMetrics(_ bytes: UnsafeRawBufferPointer) throws {
    _ = try MetricLine(ArraySlice(bytes), at: 1, "fuzzing")
  }

  static func readLabels(_ bytes: UnsafeRawBufferPointer) throws {
    _ = try LabelFile.read(path: file(Data(bytes)))
  }

  static func readKeys(_ bytes: UnsafeRawBufferPointer) throws {
    let path = file(Data(bytes))
    if bytes.first == UInt8(ascii: "+") {
      // A signature in the place of a text: 64 bytes or another number of them.
      let key = VerificationKey(bytes: Array(bytes.dropFirst().prefix(32)))
      _ = key?.isValid(Array(bytes.dropFirst(33)), under: "fuzzing")
    }
    _ = try? SigningKey(path: path)
    _ = try VerificationKey(path: path)
  }

  /// Lists what fulfils a condition, or lists in an order.
  ///
  /// The first byte says what and how, the rest is the text; a statement that SQLite cannot prepare is
  /// a bug.
  static func search(_ bytes: UnsafeRawBufferPointer) throws {
    guard let kind = bytes.first else { return }
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    let subjects = SearchSubject.allCases
    let subject = subjects[Int(kind) % subjects.count]
    let isOrder = Int(kind) / subjects.count % 4 == 0
    let request = try SearchRequest(
      subject, where: isOrder ? nil : text, sort: isOrder ? text : nil, limit: 5)
    let page = try SampleRegistry.shared.source.catalog.search(request)
    precondition(page.ids.count <= 5, "a page has its limit")
  }

  static func readLayers(_ bytes: UnsafeRawBufferPointer) throws {
    let layers = try CanonicalJSON.value(
      [Layer].self, from: String(decoding: bytes, as: UTF8.self), subject: "fuzzing")
    let network = Network(architecture: "fuzzing", backbone: layers, head: [])
    _ = try network.outputShapes(input: [3, 16, 16])
  }
}

internal import Presentation
internal import RegistryKit

extension ArchiveExportResult {
  /// What was written, for people.
  func report(_ style: Style) -> String {
    style(path.safeForTerminal, .heading) + " written, \(Quantity.bytes(bytes))\n"
      + "  models    \(LabelList.text(models.map(\.description), atMost: 12))\n"
      + "  datasets  \(datasets.isEmpty ? "none" : LabelList.text(datasets, atMost: 12))\n"
      + "  \(Quantity.count(images, "image")), \(Quantity.count(tensors, "tensor")), "
      + "\(Quantity.count(runs, "run")), \(Quantity.count(signatures, "signature")), "
      + "\(Quantity.count(recalls, "recall"))\n"
      + "  SHA-256 \(digest)\n"
  }
}

extension ArchiveImportResult {
  /// What came and what was here, for people.
  func report(_ style: Style) -> String {
    let count = models.count { $0.isAdded }
    var text =
      style(path.safeForTerminal, .heading)
      + " read: \(Quantity.count(count, "model version")) added, "
      + "\(Quantity.bytes(bytesAdded))\n"
    for model in models where model.isAdded {
      text += "  " + "\(model.model)@\(model.version)".safeForTerminal + "\n"
    }
    var table = Table("", ">added", ">already here")
    table.add(
      "  model versions", .init(Quantity.count(count)),
      .init(Quantity.count(models.count - count)))
    for (name, count) in [
      ("dataset versions", datasetVersions), ("runs", runs), ("images", images),
      ("aliases", aliases), ("signatures", signatures),
      ("recalls", recalls),
    ] {
      table.add(
        .init("  \(name)"), .init(Quantity.count(count.added)),
        .init(Quantity.count(count.present)))
    }
    text += table.text(style)
    if signaturesLeftOut > 0 {
      text +=
        style("Left out", .warning)
        + " \(Quantity.count(signaturesLeftOut, "signature")) of renamed models\n"
    }
    return text
  }
}

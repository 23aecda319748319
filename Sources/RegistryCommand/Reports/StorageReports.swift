internal import Presentation
internal import RegistryKit

extension StorageReport {
  /// What the registry takes on the disk, for people.
  func report(_ style: Style) -> String {
    var text = ""
    if !models.isEmpty {
      var table = Table("model", ">versions", ">own", ">shared", ">as separate files", ">ratio")
      for model in models {
        table.add(
          [.init(model.model, .heading), .init(Quantity.count(model.versions))] + model.use.cells)
      }
      text += table.text(style) + "\n"
    }
    var kinds = Table("kind", ">objects", ">bytes")
    for (name, count) in [
      ("images", objects.images), ("packs", objects.packs), ("checkpoints", objects.checkpoints),
      ("cache", objects.cache),
    ] {
      kinds.add(
        .init(name), .init(Quantity.count(count.count)), .init(Quantity.bytes(count.bytes)))
    }
    text += kinds.text(style)
    if let ratio = total.ratio {
      text +=
        "\nAll model versions as separate files: \(Quantity.bytes(total.separateBytes)), "
        + "\(Quantity.fixed(ratio, 1)) times as much\n"
    }
    return text
  }
}

extension ModelStorage {
  /// What the versions of a model take on the disk, for people.
  func report(_ style: Style) -> String {
    var table = Table(
      "version", "base", ">own", ">shared", ">as separate file", ">ratio", ">tensors", ">deltas",
      ">of")
    for version in versions {
      table.add(
        [
          .init("\(model)@\(version.version)", .heading), .init(version.base?.description ?? ""),
        ] + version.use.cells + [
          .init(Quantity.count(version.tensors)),
          .init(
            version.deltaTensors == 0
              ? "–"
              : "\(Quantity.count(version.deltaTensors)), \(Quantity.bytes(version.deltaBytes))"),
          .init(version.deltaTensors == 0 ? "" : Quantity.bytes(version.deltaTensorBytes)),
        ])
    }
    let ratio = total.ratio.map { ", \(Quantity.fixed($0, 1)) times as much" } ?? ""
    return table.text(style)
      + "\n\(Quantity.bytes(total.ownBytes)) in all; as separate files "
      + "\(Quantity.bytes(total.separateBytes))\(ratio)\n"
  }
}

extension StorageUse {
  /// Own and shared bytes, separate files and the ratio.
  fileprivate var cells: [Table.Cell] {
    [
      .init(Quantity.bytes(ownBytes)), .init(Quantity.bytes(sharedBytes)),
      .init(Quantity.bytes(separateBytes)), .init(ratio.map { Quantity.fixed($0, 1) } ?? "–"),
    ]
  }
}

internal import Presentation
internal import RegistryKit

extension VerificationResult {
  /// What re-reading the registry found, for people.
  func report(_ style: Style) -> String {
    var text = "Read \(Quantity.count(objects, "object")), \(Quantity.bytes(bytes)): "
    text += isClean ? style("everything is as it should be", .good) : style("damaged", .bad)
    text += "\n"
    for object in corrupt { text += Self.describe(object, "corrupt", style) }
    for object in missing { text += Self.describe(object, "missing", style) }
    for sentence in contradictions {
      text += "\n" + style("contradiction", .bad) + " \(sentence.safeForTerminal)\n"
    }
    if !unreferenced.isEmpty {
      text +=
        "\n\(Quantity.count(unreferenced.count, "object")) that nothing needs; that does no harm\n"
    }
    return text
  }

  private static func describe(_ object: DamagedObject, _ what: String, _ style: Style) -> String {
    var facts = Table("", "")
    facts.add("  path", .init(object.path))
    if !object.models.isEmpty {
      facts.add("  models", .init(object.models.joined(separator: ", ")))
    }
    if !object.layers.isEmpty {
      facts.add("  layers", .init(LabelList.text(object.layers, atMost: 12)))
    }
    if !object.datasets.isEmpty {
      facts.add("  datasets", .init(object.datasets.joined(separator: ", ")))
    }
    return "\n" + style(what, .bad) + " \(object.kind.safeForTerminal) "
      + "\(object.object.safeForTerminal)\n" + facts.text(style)
  }
}

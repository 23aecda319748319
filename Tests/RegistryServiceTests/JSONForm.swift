import Foundation

/// Compares JSON documents with their forms: as much of JSON Schema as the description uses.
struct JSONForm {
  /// The forms that others refer to.
  let named: [String: [String: Any]]

  /// What is wrong with a value, in sentences.
  func faults(in value: Any, _ schema: [String: Any], _ place: String) -> [String] {
    if let reference = schema["$ref"] as? String {
      guard let target = named[String(reference.split(separator: "/").last ?? "")] else {
        return ["\(place): there is no form \(reference)"]
      }
      return faults(in: value, target, place)
    }
    if let choices = schema["anyOf"] as? [[String: Any]] {
      let all = choices.map { faults(in: value, $0, place) }
      return all.contains([]) ? [] : all.flatMap { $0 }
    }
    if let words = schema["enum"] as? [String], !words.contains(value as? String ?? "") {
      return ["\(place): \(value) is none of \(words)"]
    }
    switch schema["type"] as? String {
    case "object": return faults(inObject: value, schema, place)
    case "array":
      guard let elements = value as? [Any] else { return ["\(place): \(value) is no array"] }
      let items = schema["items"] as? [String: Any] ?? [:]
      return elements.enumerated().flatMap { faults(in: $1, items, "\(place)[\($0)]") }
    case "string": return value is String ? [] : ["\(place): \(value) is no string"]
    case "boolean": return isBoolean(value) ? [] : ["\(place): \(value) is no boolean"]
    case "integer":
      let number = value as? NSNumber
      let isInteger = number.map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
      return isInteger && !isBoolean(value) ? [] : ["\(place): \(value) is no integer"]
    case "number":
      return value is NSNumber && !isBoolean(value) ? [] : ["\(place): \(value) is no number"]
    case nil where schema.isEmpty: return []
    case "null": return value is NSNull ? [] : ["\(place): \(value) is not null"]
    default: return ["\(place): the form \(schema) is not known"]
    }
  }

  private func faults(inObject value: Any, _ schema: [String: Any], _ place: String) -> [String] {
    guard let members = value as? [String: Any] else { return ["\(place): \(value) is no object"] }
    if let each = schema["additionalProperties"] as? [String: Any] {
      return members.flatMap { faults(in: $1, each, "\(place).\($0)") }
    }
    guard let properties = schema["properties"] as? [String: [String: Any]] else { return [] }
    let keys = Set(members.keys)
    let undescribed = keys.subtracting(properties.keys).map { "\(place).\($0) is not described" }
    let missing = Set(schema["required"] as? [String] ?? []).subtracting(keys)
      .map { "\(place).\($0) is missing" }
    return undescribed + missing
      + properties.flatMap { key, form in
        members[key].map { faults(in: $0, form, "\(place).\(key)") } ?? []
      }
  }

  /// Whether a value is `true` or `false`, which Foundation reads as numbers of a kind of their own.
  private func isBoolean(_ value: Any) -> Bool {
    (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
  }
}

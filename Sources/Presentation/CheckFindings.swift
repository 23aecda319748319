package import RegistryKit

/// What a check found, as a part of an HTML page.
package struct CheckFindings {
  /// The styles that it needs.
  package static let sheet = """
    .tally { list-style: none; padding: 0; display: grid; gap: .5rem;
      grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
    .tally li { background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
      padding: .4rem .7rem; }
    .tally b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
    .cards { list-style: none; padding: 0; display: grid; gap: .75rem;
      grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); }
    .pairs { grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); }
    .cards > li { background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
      padding: .6rem; }
    .pair { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
    figure { margin: 0; min-width: 0; }
    figcaption { font-size: .8rem; line-height: 1.35; color: var(--faint); }
    img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain;
      margin-bottom: .3rem; background: var(--paper); border-radius: 3px; }
    .said { margin: 0 0 .4rem; font-size: .9rem; }
    .said b { color: var(--bad); } .said i { color: var(--warning); font-style: normal; }
    .note { color: var(--faint); }
    """

  private let result: CheckResult
  private let limit: Int
  /// Where a picture of an image is; `nil` for one that has none, which is named only.
  private let source: (_ digest: String) -> String?

  /// - Parameters:
  ///   - result: What was found.
  ///   - limit: How many of each kind are shown.
  ///   - source: The address of the picture of an image, which stands in quotation marks.
  package init(
    _ result: CheckResult, limit: Int, source: @escaping (_ digest: String) -> String?
  ) {
    self.result = result
    self.limit = limit
    self.source = source
  }

  /// The digests of the images that are shown.
  package var digests: Set<String> {
    let images =
      result.groupsOfDuplicates.flatMap { $0.pairs.prefix(limit).flatMap(\.images) }
      + CheckResult.Defect.Kind.allCases.flatMap { kind in
        result.defects.filter { $0.kind == kind }.prefix(limit).map(\.image)
      } + (result.labelIssues ?? []).prefix(limit).map(\.image)
      + (result.hardest ?? []).prefix(limit).map(\.image)
    return Set(images.map(\.digest))
  }

  /// The findings, a section for each kind.
  package var text: String {
    let sections = self.sections
    var body = "<p>\(Quantity.count(result.images, "image"))"
    if let model = result.model {
      body += ", features and labels judged by \(HTMLPage.escaped(model.description))"
    }
    body += ".</p>\n"
    let found = sections.filter { $0.count > 0 }
    if found.isEmpty { body += "<p>Nothing was found.</p>\n" }
    body += "<nav aria-label=\"What was found\"><ul class=\"tally\">\n"
    for section in found {
      body += "<li><b>\(Quantity.count(section.count))</b>"
      body += "<a href=\"#\(section.name)\">\(section.title)</a></li>\n"
    }
    body += "</ul></nav>\n"
    for section in found { body += section.text(limit: limit) }
    return body
  }

  /// Findings of one kind.
  private struct Section {
    var name: String
    var title: String
    /// What the findings are and what may be done about them.
    var note: String
    /// How many there are.
    var count: Int
    /// The worst of them, as HTML.
    var cards: [String]
    var isPairs = false

    func text(limit: Int) -> String {
      var text = "<section aria-labelledby=\"\(name)\">\n<h2 id=\"\(name)\">\(title)</h2>\n"
      text += "<p class=\"note\">\(note)"
      if count > cards.count { text += " The worst \(cards.count) of \(Quantity.count(count))." }
      text += "</p>\n<ul class=\"cards\(isPairs ? " pairs" : "")\">\n"
      for card in cards { text += "<li>\(card)</li>\n" }
      return text + "</ul>\n</section>\n"
    }
  }

  private var sections: [Section] {
    var sections = result.groupsOfDuplicates.map { group in
      Section(
        name: group.name, title: group.title, note: group.note, count: group.pairs.count,
        cards: group.pairs.prefix(limit).map { card(of: $0) }, isPairs: true)
    }
    for kind in CheckResult.Defect.Kind.allCases {
      let found = result.defects.filter { $0.kind == kind }
      sections.append(
        Section(
          name: kind.rawValue, title: kind.title,
          note: "\(kind.figure.capitalizedFirst) \(kind.side) "
            + "\(kind.text(of: result.thresholds[kind])).",
          count: found.count,
          cards: found.prefix(limit).map { defect in
            said("\(kind.figure) \(kind.text(of: defect.value))")
              + figure(defect.image)
          }))
    }
    if let issues = result.labelIssues {
      sections.append(
        Section(
          name: "labels", title: "Labels in question",
          note: "A head that has not seen the image is surer of another label.",
          count: issues.count,
          cards: issues.prefix(limit).map { issue in
            said(
              "\(label(issue.image.label)) \(Quantity.percent(issue.probability)), rather "
                + "<i>\(label(issue.suggestedLabel))</i> "
                + "\(Quantity.percent(issue.suggestedProbability))")
              + figure(issue.image)
          }))
    }
    if let hardest = result.hardest {
      sections.append(
        Section(
          name: "hardest", title: "Hardest images",
          note: "The highest loss by a head that has not seen the image.", count: hardest.count,
          cards: hardest.prefix(limit).map { image in
            said(
              "loss \(Quantity.fixed(image.loss, 2)), \(label(image.image.label)) taken for "
                + label(image.predictedLabel))
              + figure(image.image)
          }))
    }
    return sections
  }

  private func card(of pair: CheckResult.Duplicate) -> String {
    var text = "\(pair.kind.name), \(Quantity.fixed(pair.similarity, 3)) alike"
    if pair.isLeak { text += ", <b>leak</b>" }
    if pair.labelsDiffer { text += ", <i>labels differ</i>" }
    return said(text)
      + "<div class=\"pair\">\(pair.images.map { figure($0) }.joined())</div>"
  }

  private func said(_ text: String) -> String { "<p class=\"said\">\(text)</p>" }

  private func label(_ label: String) -> String { HTMLPage.escaped(label) }

  private func figure(_ image: CheckResult.Image) -> String {
    let path = HTMLPage.escaped(image.path)
    let name = HTMLPage.escaped(
      String(image.path.split(separator: "/").last ?? image.path[...]))
    var text = "<figure>"
    if let source = source(image.digest) {
      text += "<img loading=\"lazy\" alt=\"\(name)\" src=\"\(source)\">"
    }
    return text + "<figcaption title=\"\(path)\">\(name)<br>\(label(image.label)), "
      + "\(image.split)</figcaption></figure>"
  }
}

extension CheckThresholds {
  /// The threshold of a kind of defect.
  fileprivate subscript(kind: CheckResult.Defect.Kind) -> Double {
    switch kind {
    case .tiny: Double(tiny)
    case .blurred: blurred
    case .dark: dark
    case .overexposed: overexposed
    case .grey: grey
    case .oddAspect: aspect
    }
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

internal import Presentation
private import Tensors

/// What pages load beside themselves.
///
/// Everything is in the program; nothing comes from elsewhere.
enum ServiceAssets {
  /// A part of the assets' paths that is another for another program, so that browsers may keep them.
  static let tag = String(Digest(of: Array((sheet + script).utf8)).hexadecimal.prefix(12))

  /// The styles of all pages of the service.
  static let sheet =
    HTMLPage.sheet + CheckFindings.sheet + """

      body { max-width: 75rem; }
      .skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; }
      header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center;
        justify-content: space-between; border-bottom: 1px solid var(--line); padding-bottom: .6rem; }
      header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }
      [aria-current] { font-weight: 600; color: var(--ink); text-decoration: none; }
      caption { text-align: left; font-weight: 600; padding: .8rem 0 .3rem; }
      .words { text-align: left; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
      dt { color: var(--faint); } dd { margin: 0; }
      input, button { font: inherit; color: inherit; background: var(--raised); max-width: 100%;
        border: 1px solid var(--line); border-radius: 6px; padding: .3rem .6rem; }
      button { cursor: pointer; }
      .search { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; }
      .fields p { margin: .4rem 0; } .fields label { display: block; color: var(--faint); }
      .alias { background: var(--raised); border: 1px solid var(--line); border-radius: 1rem;
        padding: 0 .5rem; font-size: .85rem; }
      .bad, .failed { color: var(--bad); } .running { color: var(--link); }
      .cancelled, .interrupted { color: var(--warning); }
      .curves { max-width: 100%; height: auto; }
      .lineage rect { fill: var(--raised); stroke: var(--line); }
      .lineage path { fill: none; stroke: var(--faint); stroke-width: 1.5; }
      .lineage text { fill: var(--ink); font-size: 13px; } .lineage .faint { fill: var(--faint); }
      .lineage .subject rect { stroke: var(--link); stroke-width: 2; }
      .lineage .recalled rect { stroke: var(--bad); } .lineage .deleted { opacity: .5; }
      .lineage a:focus-visible rect { stroke: var(--link); stroke-width: 3; }
      .calibration rect { fill: var(--link); opacity: .7; }
      .calibration path { fill: none; stroke: var(--faint); stroke-dasharray: 4 4; }
      .calibration .axis { stroke: var(--ink); stroke-dasharray: none; }
      .calibration text { fill: var(--ink); font-size: 12px; }
      .wrong a { color: var(--bad); }
      .filters { display: flex; flex-wrap: wrap; gap: .2rem .9rem; margin: .6rem 0; }
      .images { list-style: none; padding: 0; display: grid; gap: .75rem;
        grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
      .images img { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain;
        background: var(--raised); border-radius: 4px; }
      .images span { font-size: .85rem; color: var(--faint); }
      .drop { display: block; border: 2px dashed var(--line); border-radius: 8px; padding: 1rem; }
      .drop.over { border-color: var(--link); }
      .answer { display: grid; grid-template-columns: max-content 1fr max-content; gap: .2rem .8rem;
        align-items: center; margin-top: .8rem; }
      .answer img { grid-column: 1 / -1; max-width: 12rem; max-height: 12rem; border-radius: 4px; }
      .answer meter, progress { width: 100%; max-width: 24rem; }
      pre { overflow-x: auto; background: var(--raised); padding: .8rem; border-radius: 6px; }
      summary { cursor: pointer; margin: 1rem 0; }

      """
}

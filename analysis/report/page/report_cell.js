// A cell from its six digits: its architecture string, the string that cells of
// one class share (nas/isomorphism.h), and its drawing.

const operationLabels = [
  ['none', '#9aa1ab'], ['skip', '#f0e442'], ['conv 1×1', '#56b4e9'],
  ['conv 3×3', '#0072b2'], ['avg. pool 3×3', '#e69f00'],
];
const operationNames = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3',
                        'avg_pool_3x3'];
const edges = [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]];

const architectureOf = (code) => {
  const part = (edge) =>
      '|' + operationNames[code[edge]] + '~' + edges[edge][0];
  return part(0) + '|+' + part(1) + part(2) + '|+' + part(3) + part(4) +
      part(5) + '|';
};

// The code of an architecture string; null where it is none.
const codeOf = (architecture) => {
  const names = [...architecture.matchAll(/\|?([a-z0-9_]+)~[012]/g)].map(
      (match) => operationNames.indexOf(match[1]));
  const code = names.join('');
  return names.length === 6 && architectureOf(code) === architecture ? code
                                                                     : null;
};

const canonicalOf = (code) => {
  const nodes = ['0'];
  for (const node of [1, 2, 3]) {
    nodes[node] = edges.flatMap(([from, to], i) => {
      if (to !== node) return [];
      const source = nodes[from], digit = code[i];
      if (digit === '0' || source === '#') return ['#'];
      return [digit === '1' ? source : '(' + source + ')@' + digit];
    }).sort().join('+');
  }
  return nodes[3];
};

// By edge: whether it is on a path from node 0 to node 3 without `none`.
const liveEdges = (code) => {
  const to = [true, false, false, false], from = [false, false, false, true];
  const open = edges.map((_, i) => code[i] !== '0');
  edges.forEach(([a, b], i) => { if (open[i] && to[a]) to[b] = true; });
  for (const i of [5, 4, 3, 2, 1, 0]) {
    if (open[i] && from[edges[i][1]]) from[edges[i][0]] = true;
  }
  return edges.map(([a, b], i) => open[i] && to[a] && from[b]);
};

const drawCell = (code) => {
  const svg = (name, attributes, text) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // Nodes on a line; long edges above it and below it. [path, label x, y]
  const x = [40, 210, 380, 550], y = 150;
  const routes = [
    [`M62 ${y}H186`, 125, y - 12],
    [`M54 ${y - 17}C110 62 320 62 368 ${y - 21}`, 211, 70],
    [`M232 ${y}H356`, 295, y - 12],
    [`M44 ${y - 21}C70 -18 520 -18 545 ${y - 24}`, 295, 9],
    [`M222 ${y + 18}C268 238 484 238 536 ${y + 19}`, 378, 240],
    [`M402 ${y}H526`, 465, y - 12],
  ];
  const alive = liveEdges(code);
  const drawing = svg('svg', {viewBox: '0 -8 590 256', role: 'img'});
  drawing.append(svg('title', {}, 'Cell ' + architectureOf(code)));
  const marker = svg('marker', {
    id: 'cell-arrow-' + code, viewBox: '0 0 10 10', refX: 7, refY: 5,
    markerWidth: 13, markerHeight: 13, orient: 'auto',
    markerUnits: 'userSpaceOnUse',
  });
  marker.append(svg('path', {d: 'M0 0L10 5L0 10z', fill: '#1c1f24'}));
  drawing.append(marker);
  edges.forEach((_, i) => {
    const [path, labelX, labelY] = routes[i];
    const [name, colour] = operationLabels[code[i]];
    const none = code[i] === '0';
    const edge = svg('g', {opacity: alive[i] ? 1 : none ? 0.8 : 0.45});
    if (none) {
      edge.append(svg('path', {d: path, fill: 'none', stroke: colour,
                               'stroke-dasharray': '3 5'}));
    } else {
      edge.append(
          svg('path', {d: path, fill: 'none', stroke: '#1c1f24',
                       'stroke-width': 6.5,
                       'marker-end': `url(#cell-arrow-${code})`}),
          svg('path', {d: path, fill: 'none', stroke: colour,
                       'stroke-width': 4.5}));
    }
    edge.append(svg('text', {x: labelX, y: labelY, 'text-anchor': 'middle',
                             'font-size': 15,
                             fill: none ? '#565d68' : '#1c1f24'}, name));
    drawing.append(edge);
  });
  x.forEach((at, node) => {
    drawing.append(
        svg('circle', {cx: at, cy: y, r: 22, fill: '#fff',
                       stroke: '#1c1f24', 'stroke-width': 2}),
        svg('text', {x: at, y: y + 6, 'text-anchor': 'middle',
                     'font-size': 17}, node));
  });
  drawing.append(
      svg('text', {x: x[0], y: y + 42, 'text-anchor': 'middle',
                   'font-size': 13, fill: '#565d68'}, 'input'),
      svg('text', {x: x[3], y: y + 42, 'text-anchor': 'middle',
                   'font-size': 13, fill: '#565d68'}, 'output'));
  return drawing;
};

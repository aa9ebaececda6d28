// A cell in a dialog, with its numbers on every data set, and two cells side by
// side. What is open stands in the address, #cell=2581 or #cell=2581,1462, so
// that the address leads there again. A cell goes by its official index, its
// six digits or its architecture string.

const cells = {
  // The tables with a row a cell; a row by index and by code.
  tables: dataTables.filter(({element}) => element.dataset.cells),
  rows: null,
  classes: null,
  load() {
    if (this.rows) return;
    this.rows = this.tables.map((table) => {
      table.load();
      const found = new Map();
      for (const row of table.all) {
        found.set(row.texts[table.codeColumn], row);
        found.set(row.texts[table.indexColumn], row);
      }
      return found;
    });
  },
  // {name, code, index, row: a row by table, own: whether the rows are its own
  // and not another cell's of its class}, or {error}.
  find(typed) {
    const name = typed.trim();
    const code = /^[0-4]{6}$/.test(name) ? name : codeOf(name);
    if (code === null && !(/^\d{1,5}$/.test(name) && Number(name) < 15625)) {
      return {error: '“' + name + '” is no cell: expected an index 0 to ' +
          '15624, six digits 0 to 4, or an architecture string.'};
    }
    this.load();
    const key = code ?? String(Number(name));
    let row = this.rows.map((rows) => rows.get(key));
    const own = row.some(Boolean);
    if (!own && code === null) {
      return {error: 'No row here has the index ' + key + '. Its class may ' +
          'have one: “robbench describe ' + key + '” says which cell ' +
          'represents it, and its six digits find it here too.'};
    }
    if (!own) {
      if (!this.classes) {
        this.classes = new Map(this.rows.flatMap((rows) =>
            [...rows.keys()].filter((known) => known.length === 6).map(
                (known) => [canonicalOf(known), known])));
      }
      const representative = this.classes.get(canonicalOf(code));
      if (!representative) {
        return {error: 'Neither cell ' + code + ' nor another one of its ' +
            'class is in this report.'};
      }
      row = this.rows.map((rows) => rows.get(representative));
    }
    const at = row.findIndex(Boolean);
    const texts = row[at].texts;
    const found = texts[this.tables[at].codeColumn];
    return {name: key, code: code ?? found, row, own, represented: found,
            index: texts[this.tables[at].indexColumn]};
  },
};

const cellDialog = (() => {
  const dialog = document.body.appendChild(
      make('dialog', {id: 'cell', 'aria-labelledby': 'cell-title'}));
  const opened = () => {
    const match = /^#cell=(.*)$/.exec(location.hash);
    if (!match) return [];
    try {
      return decodeURIComponent(match[1]).split(',').slice(0, 2);
    } catch {
      return [match[1]];
    }
  };
  const addressOf = (names) => '#cell=' +
      names.map((name) => encodeURIComponent(name)).join(',');

  const describe = ({code, index, own, represented}) => {
    const part = make('div', {class: 'one-cell'}, make('h3', {},
        own ? `Cell ${index} (${code})` : `Cell ${code}`));
    part.append(drawCell(code),
                make('p', {class: 'architecture'}, architectureOf(code)));
    const alive = liveEdges(code);
    const idle = alive.some((live, i) => !live && code[i] !== '0');
    if (!alive.includes(true)) {
      part.append(make('p', {class: 'note'},
                       'No path leads from input to output.'));
    } else if (idle) {
      part.append(make('p', {class: 'note'},
                       'Pale: on no path from input to output.'));
    }
    if (!own) {
      part.append(make('p', {class: 'note'},
          `Of the class of cell ${index} (${represented}), whose numbers ` +
          'these are.'));
    }
    return part;
  };

  // The columns that say something of a cell, by key, over all tables.
  const keys = () => [...new Set(cells.tables.flatMap((table) =>
      table.keys.filter((_, column) => column !== table.codeColumn &&
                                       column !== table.indexColumn)))];
  // Its label, or the whole of it where another column has the same label.
  const labelOf = (key) => {
    const [label, hint] = key.split('\n');
    const same = keys().filter((other) => other.split('\n')[0] === label);
    return same.length > 1 && hint ? hint : label;
  };
  const valueOf = (cell, at, key) => {
    const column = cells.tables[at].keys.indexOf(key);
    const row = cell.row[at];
    if (column < 0 || !row) return {text: '–', number: NaN};
    return {text: row.texts[column], number: row.numbers[column]};
  };
  const headCell = (text, scope = 'col') => make(
      'th', scope === 'col' ? {scope, class: 'number'} : {scope}, text);
  const value = (text) => make('td', {class: 'number'}, text);
  const table = (caption, heads, rows) => {
    const body = make('tbody');
    for (const row of rows) body.append(make('tr', {}, ...row));
    return make('div', {class: 'scroll', tabindex: '0', role: 'region',
                        'aria-label': caption},
        make('table', {class: 'numbers'}, make('caption', {}, caption),
             make('thead', {}, make('tr', {}, make('td'), ...heads)), body));
  };

  // Its numbers: a line a metric, a column a data set.
  const numbersOf = (cell) => table('Its numbers; accuracies in %',
      cells.tables.map(({element}) => headCell(element.dataset.cells)),
      keys().map((key) => [headCell(labelOf(key), 'row'), ...cells.tables.map(
          (_, at) => value(valueOf(cell, at, key).text))]));

  // A difference with the digits after the point that the two have.
  const difference = (one, two) => {
    if (Number.isNaN(one.number) || Number.isNaN(two.number)) return '–';
    const digits = Math.max(...[one, two].map(
        ({text}) => (/\.(\d+)/.exec(text) ?? ['', ''])[1].length));
    const by = one.number - two.number;
    if (!Number.isFinite(by)) return '–';
    const size = Math.abs(by).toLocaleString('en-US', {
      minimumFractionDigits: digits, maximumFractionDigits: digits});
    return /[1-9]/.test(size) ? (by < 0 ? '−' : '+') + size : size;
  };
  const comparison = (one, two) => cells.tables.map(({element}, at) =>
      table(element.dataset.cells + '; accuracies in %',
          [headCell(one.name), headCell(two.name), headCell('difference')],
          keys().filter((key) => valueOf(one, at, key).text !== '–' ||
                                 valueOf(two, at, key).text !== '–')
              .map((key) => {
                const pair = [one, two].map((cell) => valueOf(cell, at, key));
                return [headCell(labelOf(key), 'row'), value(pair[0].text),
                        value(pair[1].text), value(difference(...pair))];
              })));

  // Where the numbers of a cell come from, where they have records.
  const recordsOf = (cell) => cells.tables.flatMap(({element}, at) => {
    const id = element.dataset.runs + '-' + cell.index;
    if (!element.dataset.runs || !cell.row[at]) return [];
    const link = make('a', {href: '#' + id}, 'Records of cell ' + cell.index +
                                             ', ' + element.dataset.cells);
    return [make('li', {}, link)];
  });

  // Closed, the address is that of the page again.
  const leave = () => {
    if (dialog.open) dialog.close();
    if (opened().length) {
      history.replaceState(null, '', location.pathname + location.search);
    }
  };
  const close = make('button', {type: 'button', class: 'close'}, 'Close');
  close.addEventListener('click', leave);
  const form = make('form', {class: 'compare'});
  const typed = make('input', {name: 'other', size: '12', autocomplete: 'off',
                               placeholder: 'index or code'});
  form.append(make('label', {}, 'Compare with cell ', typed), ' ',
              make('button', {}, 'Compare'));
  const problem = make('p', {class: 'problem', role: 'alert'});
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const other = cells.find(typed.value);
    problem.textContent = other.error ?? '';
    if (!other.error) location.hash = addressOf([opened()[0], other.name]);
  });

  const fill = (names) => {
    const found = names.map((name) => cells.find(name));
    const errors = found.filter(({error}) => error);
    typed.value = '';
    problem.textContent = '';
    if (errors.length) {
      dialog.replaceChildren(close, make('h2', {id: 'cell-title'}, 'No cell'),
          ...errors.map(({error}) => make('p', {}, error)));
      return;
    }
    const [one, two] = found;
    const sources = make('ul', {}, ...found.flatMap(recordsOf));
    const link = make('p', {class: 'note'},
        make('a', {href: addressOf(found.map(({name}) => name))},
             two ? 'Link to this comparison' : 'Link to this cell'));
    dialog.replaceChildren(close,
        make('h2', {id: 'cell-title'},
             two ? 'Two cells side by side' : 'A cell'),
        make('div', {class: 'cells'}, ...found.map(describe)), form, problem,
        make('div', {class: 'comparisons'},
             ...(two ? comparison(one, two) : [numbersOf(one)])));
    if (two) {
      dialog.append(make('p', {class: 'note'},
          'Which differences stand out of the noise says ',
          make('code', {}, `robbench compare ${one.name} ${two.name}`), '.'));
    }
    dialog.append(sources, link);
  };

  // Opens and closes as the address says.
  const follow = () => {
    const names = opened();
    dialog.classList.toggle('pair', names.length > 1);
    if (names.length === 0) {
      if (dialog.open) dialog.close();
      return;
    }
    fill(names);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  };
  dialog.addEventListener('cancel', leave);
  // A press beside it closes it; one on its padding does not, nor does text
  // that is selected from one part of it to another.
  dialog.addEventListener('pointerdown', ({clientX: x, clientY: y}) => {
    const {left, right, top, bottom} = dialog.getBoundingClientRect();
    if (x < left || x > right || y < top || y > bottom) leave();
  });
  addEventListener('hashchange', follow);
  follow();
  return {addressOf};
})();

// The form on the first screen.
for (const form of document.querySelectorAll('form.look')) {
  form.hidden = cells.tables.length === 0;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const names = [...form.querySelectorAll('input')].map(
        (input) => input.value.trim()).filter(Boolean);
    if (!names.length) return;
    const found = names.map((name) => cells.find(name));
    const wrong = found.find(({error}) => error);
    form.querySelector('.problem').textContent = wrong ? wrong.error : '';
    if (!wrong) {
      location.hash = cellDialog.addressOf(found.map(({name}) => name));
    }
  });
}

#include "analysis/report/tables/report_table.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

// Returns all rows for the page's script, which shows a page of them at a time.
// A numeric cell is the number to sort by and the text, any other the text
// alone. As this is JSON inside HTML, no "<" may stand in it.
std::string PagesHtml(const ReportTable& table) {
  std::string html = absl::StrCat(
      "<p class=\"pages\" hidden><button type=\"button\" "
      "data-step=\"-1\">Previous"
      "</button> <button type=\"button\" data-step=\"1\">Next</button> "
      "<output>1–",
      kRowsOfAPage, " of ", table.rows.size(),
      "</output></p>\n<script type=\"application/json\" id=\"", table.name,
      "-table-rows\">[");
  for (size_t r = 0; r < table.rows.size(); ++r) {
    absl::StrAppend(&html, r == 0 ? "" : ",\n", "[");
    for (size_t i = 0; i < table.rows[r].size(); ++i) {
      const ReportCell& cell = table.rows[r][i];
      if (i > 0) html += ",";
      if (table.columns[i].numeric) {
        // Eight digits tell all counts of images apart. Infinity is text, as in
        // every JSON here.
        absl::StrAppend(&html,
                        std::isnan(cell.number) ? std::string("null")
                        : std::isinf(cell.number)
                            ? cell.number > 0 ? "\"Infinity\"" : "\"-Infinity\""
                            : absl::StrFormat("%.8g", cell.number),
                        ",");
      }
      html += JsonQuoted(cell.text);
    }
    html += "]";
  }
  return html + "]</script>\n";
}

// Returns the column that names a row: that of codes, else the first one if it
// is text.
size_t RowHead(const ReportTable& table) {
  if (!table.rows.empty()) {
    const auto& row = table.rows[0];
    for (size_t i = 0; i < row.size(); ++i) {
      if (absl::StartsWith(row[i].html, "<a class=\"code\"")) return i;
    }
  }
  return !table.columns.empty() && !table.columns[0].numeric
             ? 0
             : table.columns.size();
}

// Markdown and LaTeX are for reading, and CSV has all rows.
size_t RowsToRead(const ReportTable& table) {
  return IsPaged(table) ? kRowsOfAPage : table.rows.size();
}

std::string NoteToRead(const ReportTable& table) {
  if (!IsPaged(table)) return table.note;
  return absl::StrCat(table.note, table.note.empty() ? "" : " ", "The first ",
                      kRowsOfAPage, " of ", table.rows.size(),
                      " rows; all are in tables.csv.");
}

}  // namespace

bool IsPaged(const ReportTable& table) {
  return table.rows.size() > kMostRowsAtOnce;
}

std::string HtmlTable(const ReportTable& table) {
  const bool paged = IsPaged(table);
  std::string html = absl::StrCat(
      "<section class=\"table\" id=\"", table.name, "\">\n",
      table.folded ? "<details><summary>" : "", "<h3>", EscapeHtml(table.title),
      "</h3>", table.folded ? "</summary>" : "", "\n");
  if (!table.note.empty()) {
    absl::StrAppend(&html, "<p class=\"note\">", EscapeHtml(table.note),
                    "</p>\n");
  }
  html += "<div class=\"tools\" hidden>";
  if (table.filter) {
    absl::StrAppend(&html,
                    "<label>Filter <input type=\"search\" data-filter=\"",
                    table.name,
                    "-table\" placeholder=\"code, index, …\"></label> "
                    "<output></output>");
  }
  const std::string title = EscapeHtml(table.title);
  absl::StrAppend(&html, "</div>\n<div class=\"scroll\" tabindex=\"0\" ",
                  "role=\"region\" aria-label=\"", title, "\"><table id=\"",
                  table.name, "-table\" class=\"sortable",
                  paged ? " paged" : "", "\"");
  if (!table.cells_of.empty()) {
    absl::StrAppend(&html, " data-cells=\"", EscapeHtml(table.cells_of),
                    "\" data-runs=\"", EscapeHtml(table.records_of), "\"");
  }
  absl::StrAppend(&html, ">\n<caption class=\"hidden\">", title,
                  "</caption>\n<thead><tr>");
  for (const ReportColumn& column : table.columns) {
    absl::StrAppend(&html, "<th scope=\"col\" aria-sort=\"none\"",
                    column.numeric ? " class=\"number\"" : "",
                    column.hint.empty() ? "" : " title=\"",
                    EscapeHtml(column.hint), column.hint.empty() ? "" : "\"",
                    "><button type=\"button\">", EscapeHtml(column.label),
                    "</button></th>");
  }
  html += "</tr></thead>\n<tbody>\n";
  const size_t shown = paged ? kRowsOfAPage : table.rows.size();
  const size_t head = RowHead(table);
  for (size_t r = 0; r < shown; ++r) {
    const auto& row = table.rows[r];
    html += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      const ReportCell& cell = row[i];
      html += i == head ? "<th scope=\"row\"" : "<td";
      if (table.columns[i].numeric) {
        absl::StrAppend(&html, " class=\"number\" data-number=\"",
                        ShortestNumber(cell.number), "\"");
      }
      absl::StrAppend(&html, ">",
                      cell.html.empty() ? EscapeHtml(cell.text) : cell.html,
                      i == head ? "</th>" : "</td>");
    }
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n";
  if (paged) html += PagesHtml(table);
  return absl::StrCat(html, table.folded ? "</details>" : "", "</section>\n");
}

std::string MarkdownTable(const ReportTable& table) {
  std::string text = absl::StrCat("## ", EscapeMarkdown(table.title), "\n\n");
  if (const std::string note = NoteToRead(table); !note.empty()) {
    absl::StrAppend(&text, EscapeMarkdown(note), "\n\n");
  }
  std::string heads = "|", rule = "|";
  for (const ReportColumn& column : table.columns) {
    absl::StrAppend(&heads, " ", EscapeMarkdown(column.label), " |");
    absl::StrAppend(&rule, column.numeric ? "---:|" : "---|");
  }
  absl::StrAppend(&text, heads, "\n", rule, "\n");
  for (size_t r = 0; r < RowsToRead(table); ++r) {
    const auto& row = table.rows[r];
    text += "|";
    for (const ReportCell& cell : row) {
      absl::StrAppend(&text, " ", EscapeMarkdown(cell.text), " |");
    }
    text += "\n";
  }
  return text + "\n";
}

std::string LatexTable(const ReportTable& table) {
  std::string alignment, heads;
  for (const ReportColumn& column : table.columns) {
    alignment += column.numeric ? "r" : "l";
    absl::StrAppend(&heads, heads.empty() ? "" : " & ",
                    EscapeLatex(column.label));
  }
  std::string text = absl::StrCat(
      "\\begin{table}\n\\centering\n\\small\n\\caption{",
      EscapeLatex(table.title), ". ", EscapeLatex(NoteToRead(table)),
      "}\n\\label{tab:", table.name, "}\n\\begin{tabular}{", alignment,
      "}\n\\toprule\n", heads, " \\\\\n\\midrule\n");
  for (size_t r = 0; r < RowsToRead(table); ++r) {
    const auto& row = table.rows[r];
    absl::StrAppend(&text,
                    absl::StrJoin(row, " & ",
                                  [](std::string* out, const ReportCell& cell) {
                                    *out += EscapeLatex(cell.text);
                                  }),
                    " \\\\\n");
  }
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n\n";
}

std::string CsvTable(const ReportTable& table) {
  std::string text = CsvLine({table.title});
  std::vector<std::string> fields;
  for (const ReportColumn& column : table.columns) {
    fields.push_back(column.label);
  }
  text += CsvLine(fields);
  for (const auto& row : table.rows) {
    fields.clear();
    for (size_t i = 0; i < row.size(); ++i) {
      fields.push_back(table.columns[i].numeric && !std::isnan(row[i].number)
                           ? ShortestNumber(row[i].number)
                       : row[i].csv.empty() ? row[i].text
                                            : row[i].csv);
    }
    text += CsvLine(fields);
  }
  return text + "\n";
}

}  // namespace robbench

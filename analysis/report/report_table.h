// A table of the report, once, and its four shapes: HTML, Markdown, LaTeX
// (booktabs) and CSV.
#ifndef ANALYSIS_REPORT_REPORT_TABLE_H_
#define ANALYSIS_REPORT_REPORT_TABLE_H_

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace robbench {

struct ReportCell {
  std::string text;  // UTF-8, plain
  // What numeric columns are sorted by; the plain number also goes to CSV.
  double number = std::numeric_limits<double>::quiet_NaN();
  // Replaces the text in HTML only; already escaped.
  std::string html;
  // Replaces the text in CSV only.
  std::string csv;
};

struct ReportColumn {
  std::string label;
  std::string hint;  // shown on hover; may be empty
  bool numeric = false;
};

struct ReportTable {
  std::string name;  // "results": anchor and LaTeX label (AnchorName)
  std::string title;
  std::string note;
  std::vector<ReportColumn> columns;
  std::vector<std::vector<ReportCell>> rows;  // each as long as `columns`
  bool filter = false;                        // HTML: with a search box
  bool folded = false;                        // HTML: opened by a click
};

// A table of more rows than this is shown in pages: HTML has the first one and
// all rows as data for the script; Markdown and LaTeX have the first one and
// say so; CSV has all rows.
inline constexpr size_t kMostRowsAtOnce = 400;
inline constexpr size_t kRowsOfAPage = 20;
bool IsPaged(const ReportTable& table);

// A <table> in a scrolling box, its heads buttons that sort.
std::string HtmlTable(const ReportTable& table);

std::string MarkdownTable(const ReportTable& table);

// A table environment for \usepackage{booktabs}, in 7-bit text but for
// letters, which \usepackage[utf8]{inputenc} reads.
std::string LatexTable(const ReportTable& table);

// The title, the heads, the rows; numbers plain. An empty line behind.
std::string CsvTable(const ReportTable& table);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_REPORT_TABLE_H_

#include "analysis/figures/studies/ntk_study_figure.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/figures/gnuplot_script.h"
#include "analysis/studies/ntk/ntk_study_text.h"
#include "analysis/table/dataset_label.h"
#include "analysis/text/escape.h"
#include "ntk/ntk.pb.h"

namespace robbench {
namespace {

constexpr char kName[] = "ntk_study";
constexpr int kPanelHeight = 300;
constexpr int kTop = 40, kBottom = 110, kBetween = 70, kLeft = 70, kRight = 15;
// The kernels spread over this share of the distance between two accuracies.
constexpr double kSpread = 0.74;

// Returns the kernels that are drawn. Mixtures, which lie between the others,
// are not.
std::vector<const NtkScoreCorrelations*> Drawn(const NtkSettingStudy& setting) {
  std::vector<const NtkScoreCorrelations*> drawn;
  for (const NtkScoreCorrelations& score : setting.scores()) {
    if (score.name().has_kernel() && score.name().score() == kNtkMainScore &&
        !score.name().has_mix()) {
      drawn.push_back(&score);
    }
  }
  return drawn;
}

// Each kind has a colour and each epsilon a shape, which is open for the
// smaller one.
std::string PointStyle(const NtkScoreName& name, double largest,
                       const FigureStyle& style) {
  std::string colour = style.text_colour();
  if (name.kind() != KernelScore::CLEAN) {
    const int kind = name.kind() - KernelScore::CROSS;
    colour = style.series_colours(kind % style.series_colours_size());
  }
  const bool open = name.has_epsilon() && name.epsilon() < largest;
  return absl::StrCat("pt ",
                      name.kind() == KernelScore::CLEAN ? 5
                      : open                            ? 6
                                                        : 7,
                      " ps 0.8 lw 1.3 lc rgb '", colour, "'");
}

// The legend stands below the last panel, and also has what only other panels
// show.
std::string OtherKeys(const NtkStudy& study,
                      const std::vector<const NtkScoreCorrelations*>& drawn,
                      const FigureStyle& style) {
  std::set<std::string> known;
  for (const NtkScoreCorrelations* score : drawn) {
    known.insert(score->name().kernel());
  }
  std::string keys;
  for (const NtkSettingStudy& setting : study.settings()) {
    const auto others = Drawn(setting);
    double largest = 0;
    for (const NtkScoreCorrelations* score : others) {
      largest = std::max(largest, score->name().epsilon());
    }
    for (const NtkScoreCorrelations* score : others) {
      if (!known.insert(score->name().kernel()).second) continue;
      absl::StrAppend(&keys, ", \\\n  keyentry with points ",
                      PointStyle(score->name(), largest, style), " title ",
                      GnuplotQuoted(NtkKernelLabel(score->name().kernel())));
    }
  }
  return keys;
}

}  // namespace

absl::StatusOr<Figure> MakeNtkStudyFigure(const NtkStudy& study,
                                          const FigureStyle& style) {
  const int panels = study.settings_size();
  if (panels == 0) {
    return absl::FailedPreconditionError("the NTK study has no setting");
  }
  const int metrics = study.metric_labels_size();
  const int width = style.width();
  const int height =
      kTop + panels * kPanelHeight + (panels - 1) * kBetween + kBottom;
  GnuplotData data;
  std::string script = GnuplotHead(kName, style, width, height);
  std::string tics;
  for (int m = 0; m < metrics; ++m) {
    absl::StrAppend(&tics, m == 0 ? "" : ", ",
                    GnuplotTic(study.metric_labels(m)), " ", m);
  }
  absl::StrAppend(&script, "set multiplot\nset lmargin at screen ",
                  1.0 * kLeft / width, "\nset rmargin at screen ",
                  1.0 - 1.0 * kRight / width,
                  "\nset xrange [-0.5:", metrics - 0.5, "]\nset xtics (", tics,
                  ") scale 0\nset bars 0.4\nset ylabel 'Spearman' textcolor "
                  "rgb '",
                  style.text_colour(), "'\n");
  for (int p = 0; p < panels; ++p) {
    const NtkSettingStudy& setting = study.settings(p);
    const auto drawn = Drawn(setting);
    double largest = 0, low = 0, high = 0;
    for (const NtkScoreCorrelations* score : drawn) {
      largest = std::max(largest, score->name().epsilon());
      for (const NtkCorrelation& correlation : score->correlations()) {
        low = std::min(low, correlation.spearman_low());
        high = std::max(high, correlation.spearman_high());
      }
    }
    const int top = kTop + p * (kPanelHeight + kBetween);
    absl::StrAppend(
        &script, "set tmargin at screen ", 1.0 - 1.0 * top / height,
        "\nset bmargin at screen ", 1.0 - 1.0 * (top + kPanelHeight) / height,
        "\nset yrange [", std::max(-1.0, low - 0.08), ":",
        std::min(1.0, high + 0.08), "]\nset title ",
        GnuplotQuoted(absl::StrCat(
            setting.setting(), ": ", NtkSettingText(setting), "; ",
            setting.cells(), " cells, ", setting.seeds_size(), " seeds")),
        " textcolor rgb '", style.text_colour(), "' offset 0,-0.5\n",
        p + 1 == panels
            ? absl::StrCat(
                  "set key horizontal center bottom at screen 0.5,0.005 "
                  "maxrows 3 samplen 1 "
                  "textcolor rgb '",
                  style.text_colour(), "'\n")
            : "unset key\n");
    std::string plots = absl::StrCat("plot 0 with lines lw 0.8 lc rgb '",
                                     style.text_colour(), "' notitle");
    for (size_t k = 0; k < drawn.size(); ++k) {
      const NtkScoreCorrelations& score = *drawn[k];
      const int block = data.Block(
          absl::StrCat(setting.setting(), ", ", score.name().kernel(),
                       ": accuracy, Spearman, low, high, metric"));
      const double offset =
          drawn.size() < 2
              ? 0
              : kSpread * (static_cast<double>(k) / (drawn.size() - 1) - 0.5);
      for (int m = 0; m < score.correlations_size(); ++m) {
        const NtkCorrelation& correlation = score.correlations(m);
        if (!correlation.has_spearman_low()) continue;
        data.Row(m + offset, correlation.spearman(), correlation.spearman_low(),
                 correlation.spearman_high(), correlation.metric());
      }
      absl::StrAppend(&plots, ", \\\n  data index ", block, " using 1:2:3:4",
                      " with yerrorbars ",
                      PointStyle(score.name(), largest, style), " title ",
                      GnuplotQuoted(NtkKernelLabel(score.name().kernel())));
    }
    if (p + 1 == panels) plots += OtherKeys(study, drawn, style);
    absl::StrAppend(&script, plots, "\n");
  }
  script += "unset multiplot\n";
  return Figure{
      kName, "NTK at initialisation and published accuracy",
      absl::StrCat(
          "Spearman's coefficient between the smallest eigenvalue of each "
          "kernel and each published accuracy on ",
          DatasetLabel(study.spec().dataset()),
          ", with its 95% interval (bootstrap over cells); a panel a setting. "
          "Numbers behind a kernel are ε in 1/255; open points: the smaller."),
      script, data.text()};
}

}  // namespace robbench

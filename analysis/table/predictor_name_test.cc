#include "analysis/table/predictor_name.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;

TEST(PredictorName, CountsAndScoresOfRecords) {
  EXPECT_THAT(CountNames(),
              ElementsAre("parameters", "multiply_adds", "count_none",
                          "count_skip_connect", "count_nor_conv_1x1",
                          "count_nor_conv_3x3", "count_avg_pool_3x3", "paths",
                          "longest_path", "longest_path_convolutions"));
  EXPECT_EQ(ScoreNames().size(), 16);
  for (const char* name : {"parameters", "count_nor_conv_3x3", "paths"}) {
    EXPECT_TRUE(IsCount(name)) << name;
    EXPECT_TRUE(IsScoreName(name)) << name;
  }
  EXPECT_FALSE(IsCount("snip"));
  EXPECT_TRUE(IsScoreName("snip"));
  for (const char* none : {"snap", "SNIP", "count_none_3x3", "count_", ""}) {
    EXPECT_FALSE(IsScoreName(none)) << none;
  }
}

// The directions that were stated before the study.
TEST(PredictorName, LowestFirst) {
  std::vector<std::string> lowest;
  for (const auto& names : {CountNames(), ScoreNames()}) {
    for (const std::string& name : names) {
      if (IsLowestFirst(name)) lowest.push_back(name);
    }
  }
  EXPECT_THAT(lowest, ElementsAre("count_none", "count_skip_connect",
                                  "count_avg_pool_3x3", "input_gradient_norm",
                                  "local_linearity"));
}

TEST(PredictorName, MetricsAreReadFromTheirNames) {
  const auto parse = [](absl::string_view name) -> std::string {
    Column column;
    if (!SetPredictor(name, column)) {
      EXPECT_FALSE(column.has_score());
      return "no";
    }
    EXPECT_EQ(column.kind(), Column::PREDICTOR);
    EXPECT_EQ(PredictorMetric(column.score(), column.score_images()),
              absl::StrCat("proxy_", name));
    return absl::StrCat(column.lowest_first() ? "low " : "", column.score(),
                        " of ", column.score_images(), " | ",
                        MetricLabel(column), " | ", ShortMetricLabel(column));
  };
  EXPECT_EQ(parse("snip_pgd_8"),
            "snip of pgd_8 | SNIP, PGD 8/255 images | SNIP PGD 8");
  EXPECT_EQ(parse("naswot_clean"),
            "naswot of clean | NASWOT, clean images | NASWOT");
  EXPECT_EQ(parse("input_gradient_norm_fgsm_3"),
            "low input_gradient_norm of fgsm_3 | input gradient norm, FGSM "
            "3/255 images | input gradient norm FGSM 3");
  EXPECT_EQ(parse("synflow"), "synflow of  | SynFlow | SynFlow");
  EXPECT_EQ(parse("longest_path_convolutions"),
            "longest_path_convolutions of  | longest path convolutions | "
            "longest path convolutions");
  EXPECT_EQ(parse("count_none"),
            "low count_none of  | count none | count none");
  EXPECT_EQ(parse("short_3000_clean"),
            "short_3000 of clean | 1/3000 of a training, clean | 1/3000 of a "
            "training clean");
  EXPECT_EQ(parse("short_100_pgd_8"),
            "short_100 of pgd_8 | 1/100 of a training, PGD 8/255 | 1/100 of a "
            "training PGD 8");
  // Costs, images where none are needed, none where some are, other scores.
  for (const char* none :
       {"parameters", "multiply_adds", "synflow_clean", "paths_pgd_8", "snip",
        "short_3000", "short_7_clean", "snap_clean", "clean", ""}) {
    EXPECT_EQ(parse(none), "no") << none;
  }
}

}  // namespace
}  // namespace robbench

#include "analysis/report/tables/predictor_study_tables.h"

#include <string>
#include <vector>

#include "analysis/report/tables/report_table.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/small_study.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;

class PredictorStudyTablesTest : public ::testing::Test {
 protected:
  // Returns the texts of one row of the table of this name.
  std::vector<std::string> Row(const std::string& name, int row) {
    for (const ReportTable& table : PredictorStudyTables(study_)) {
      for (const auto& cells : table.rows) {
        EXPECT_EQ(cells.size(), table.columns.size()) << table.name;
      }
      if (table.name != name) continue;
      std::vector<std::string> texts;
      for (const ReportCell& cell : table.rows.at(row)) {
        texts.push_back(cell.text);
      }
      return texts;
    }
    return {};
  }

  PredictorStudy study_ = SmallPredictorStudy();
};

TEST_F(PredictorStudyTablesTest, MainTableHasCostAndCoefficients) {
  EXPECT_THAT(Row("predictor-study", 0),
              ElementsAre("parameters", "nothing", "0.00", "–",
                          "0.50 [0.38, 0.62]", "0.25", "–", "–"));
  EXPECT_THAT(Row("predictor-study", 1),
              ElementsAre("ZiCo, PGD 8/255", "1.5e+10", "1.75", "0.62",
                          "0.75 [0.69, 0.81]", "0.50", "−0.25", "–"));
  EXPECT_THAT(Row("predictor-study", 3),
              ElementsAre("a perfect predictor", "–", "–", "–", "0.969", "–",
                          "0.94", "0.88"));
}

TEST_F(PredictorStudyTablesTest, ShortListsByDataset) {
  // Three predictors, random cells, a perfect predictor and what noise resolves
  // on CIFAR-10, which has a noise; four rows on CIFAR-100.
  EXPECT_THAT(
      Row("predictor-study-lists", 1),
      ElementsAre("CIFAR-10", "ZiCo, PGD 8/255", "–", "–", "50.0", "0.8"));
  EXPECT_THAT(
      Row("predictor-study-lists", 3),
      ElementsAre("CIFAR-10", "random cells", "0.5", "12.5", "10.0", "6.2"));
  EXPECT_THAT(
      Row("predictor-study-lists", 5),
      ElementsAre("CIFAR-10", "what noise resolves", "–", "1.2", "–", "1.2"));
  EXPECT_EQ(Row("predictor-study-lists", 9)[1], "random cells");
}

TEST_F(PredictorStudyTablesTest, GainsHaveJointIntervals) {
  EXPECT_THAT(Row("predictor-study-gains", 0),
              ElementsAre("CIFAR-10", "ZiCo, PGD 8/255", "0.25 [0.19, 0.31]",
                          "[0.12, 0.38]", "better than parameters"));
}

TEST_F(PredictorStudyTablesTest, EveryMetricAndLabels) {
  EXPECT_THAT(Row("predictor-study-metrics", 1),
              ElementsAre("CIFAR-10", "ZiCo, PGD 8/255", "0.12", "0.75"));
  EXPECT_THAT(
      Row("predictor-study-labels", 0),
      ElementsAre("CIFAR-10", "all (2 predictors)", "0.38 [0.25, 0.50]"));
}

TEST_F(PredictorStudyTablesTest, NoTablesWithoutTheMainMetric) {
  study_.mutable_spec()->set_main_metric("autoattack");
  EXPECT_TRUE(PredictorStudyTables(study_).empty());
}

}  // namespace
}  // namespace robbench

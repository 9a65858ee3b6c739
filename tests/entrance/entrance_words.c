/* SPDX-License-Identifier: MIT */
/* Every word of the check has a text in both languages and a name of its own. */
#include "words.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void assert_text(const char *vi, const char *en)
{
    ck_assert(g_utf8_validate(vi, -1, NULL));
    ck_assert(*vi != '\0' && *en != '\0');
    ck_assert_str_ne(vi, en);
}

START_TEST(every_verdict_and_reason_has_its_texts)
{
    for (enum verdict verdict = VERDICT_HEARD; verdict < VERDICTS; verdict++) {
        assert_text(words_verdict(verdict, LANGUAGE_VI), words_verdict(verdict, LANGUAGE_EN));
        assert_text(words_after(verdict, LANGUAGE_VI), words_after(verdict, LANGUAGE_EN));
        ck_assert_str_ne(words_icon(verdict), "");
    }
    for (enum reason reason = REASON_OPEN_THE_APP; reason < REASONS; reason++)
        assert_text(words_reason(reason, LANGUAGE_VI), words_reason(reason, LANGUAGE_EN));
}
END_TEST

START_TEST(names_tell_each_other_apart)
{
    for (enum verdict a = 0; a < VERDICTS; a++)
        for (enum verdict b = 0; b < a; b++)
            ck_assert_str_ne(words_verdict_name(a), words_verdict_name(b));
    for (enum reason a = 0; a < REASONS; a++)
        for (enum reason b = 0; b < a; b++)
            ck_assert_str_ne(words_reason_name(a), words_reason_name(b));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_words");
    TCase *words = tcase_create("words");
    SRunner *runner;
    int failed;

    tcase_add_test(words, every_verdict_and_reason_has_its_texts);
    tcase_add_test(words, names_tell_each_other_apart);
    suite_add_tcase(suite, words);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

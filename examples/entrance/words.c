/* SPDX-License-Identifier: MIT */
/* The texts that visitors and staff read, in both languages, and names for machines. */
#include "words.h"

struct text {
    const char *vi, *en;
};

static const struct text verdicts[VERDICTS] = {
    [VERDICT_NONE] = {"", ""},
    [VERDICT_HEARD] = {"ĐÃ NGHE THẤY BLUEZONE", "BLUEZONE HEARD"},
    [VERDICT_CANNOT_TELL] = {"CHƯA XÁC ĐỊNH ĐƯỢC", "CANNOT TELL YET"},
    [VERDICT_NOT_HEARD] = {"CHƯA NGHE THẤY BLUEZONE", "BLUEZONE NOT HEARD YET"},
};

static const struct text after[VERDICTS] = {
    [VERDICT_NONE] = {"", ""},
    [VERDICT_HEARD] =
        {"Cảm ơn anh/chị. Có thiết bị ngay tại đây đang phát tín hiệu Bluezone; điều này "
         "không nói gì về sức khỏe.",
         "Thank you. A device here is sending Bluezone's signal; this says nothing about "
         "health."},
    [VERDICT_CANNOT_TELL] = {"Không phải lỗi của anh/chị.", "This is not your fault."},
    [VERDICT_NOT_HEARD] =
        {"Có thể máy đã cài nhưng chưa chạy. Mời bật Bluetooth, mở Bluezone một lần; "
         "chưa cài xin quét mã. Không có điện thoại thông minh: xin báo người trực.",
         "It may be installed but not running. Please turn on Bluetooth and open "
         "Bluezone once, or scan the code to install it. No smartphone? Please tell "
         "the desk."},
};

static const struct text reasons[REASONS] = {
    [REASON_NONE] = {"", ""},
    [REASON_OPEN_THE_APP] = {"Mời mở Bluezone, để máy sáng trên ô.",
                             "Please open Bluezone and leave the screen on, on the spot."},
    [REASON_ONE_AT_A_TIME] = {"Có hai máy ở gần, mời để một máy.",
                              "There are two phones here: one only, please."},
    [REASON_NOT_HEARING] = {"Máy kiểm tra đang không nghe được; bảo vệ ghi tay.",
                            "Our receiver is not hearing; the guard will note it by hand."},
    [REASON_IPHONE_SILENT] =
        {"Có iPhone ở gần nhưng không trả lời; mời mở Bluezone, để máy sáng trên ô.",
         "An iPhone nearby did not answer; please open Bluezone and leave the "
         "screen on, on the spot."},
    [REASON_TOO_MANY] = {"Có quá nhiều thiết bị đang phát; bảo vệ ghi tay.",
                         "Too many devices are transmitting here; the guard will note it by hand."},
    [REASON_NO_LEVELS] =
        {"Bộ thu không đo được độ mạnh tín hiệu; bảo vệ ghi tay.",
         "This receiver does not measure signal strength; the guard will note it by "
         "hand."},
    [REASON_UNCALIBRATED] =
        {"Máy kiểm tra chưa được hiệu chỉnh cho ô này; bảo vệ ghi tay.",
         "The check has not been calibrated for this spot; the guard will note it "
         "by hand."},
    [REASON_PUT_OFF] = {"Mời đứng sang bên, mở Bluezone rồi kiểm tra lại.",
                        "Please step aside, open Bluezone, and come again."},
};

static const char *const icons[VERDICTS] = {"", "✓", "?", "–"};

static const char *const verdict_names[VERDICTS] = {"none", "heard", "cannot_tell", "not_heard"};
static const char *const reason_names[REASONS] = {
    "none",     "open_the_app", "one_at_a_time", "not_hearing", "iphone_silent",
    "too_many", "no_levels",    "uncalibrated",  "put_off",
};
static const char *const proof_names[PROOFS] = {"none", "reference", "traffic"};
static const char *const mode_names[MODES] = {"attended", "walk_through", "share_only"};
static const char *const person_names[] = {"staff", "visitor"};
static const char *const direction_names[] = {"in", "out"};
static const char *const installed_names[] = {"unknown", "before", "on_the_spot", "no"};
static const char *const clock_names[] = {"unknown", "set"};
static const char *const platform_names[] = {"unknown", "android", "iphone"};

static const char *in(const struct text *text, enum language language)
{
    return language == LANGUAGE_EN ? text->en : text->vi;
}

const char *words_verdict(enum verdict verdict, enum language language)
{
    return in(&verdicts[verdict], language);
}

const char *words_after(enum verdict verdict, enum language language)
{
    return in(&after[verdict], language);
}

const char *words_reason(enum reason reason, enum language language)
{
    return in(&reasons[reason], language);
}

const char *words_icon(enum verdict verdict)
{
    return icons[verdict];
}

const char *words_verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

const char *words_reason_name(enum reason reason)
{
    return reason_names[reason];
}

const char *words_proof_name(enum proof proof)
{
    return proof_names[proof];
}

const char *words_mode_name(enum check_mode mode)
{
    return mode_names[mode];
}

const char *words_person_name(enum person person)
{
    return person_names[person];
}

const char *words_direction_name(enum direction direction)
{
    return direction_names[direction];
}

const char *words_installed_name(enum installed installed)
{
    return installed_names[installed];
}

const char *words_clock_name(enum clock_quality quality)
{
    return clock_names[quality];
}

const char *words_platform_name(enum beacon_platform platform)
{
    return platform_names[platform];
}

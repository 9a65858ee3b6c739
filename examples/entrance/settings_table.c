/* SPDX-License-Identifier: MIT */
/* The table of all settings. */
#include "settings_table.h"

#include "say.h"

static const char *const languages[] = {"vi", "en", NULL};
static const char *const modes[] = {"attended", "walk_through", "share_only", NULL};
static const char *const persons[] = {"staff", "visitor", NULL};
static const char *const directions[] = {"in", "out", NULL};

#define AT(member)   offsetof(struct settings, member)
#define ANY          0, 0, NULL
#define FROM(a, b)   a, b, NULL
#define ONE_OF(list) 0, 0, list

const struct setting settings_table[SETTINGS_COUNT] = {
    {"language", SETTINGS_GENERAL, SETTING_CHOICE, AT(language), ONE_OF(languages), "vi",
     N_("LANGUAGE"), N_("what screens and the report speak: vi or en")},
    {"timezone", SETTINGS_GENERAL, SETTING_ZONE, AT(timezone), ANY, "", N_("ZONE"),
     N_("such as Asia/Ho_Chi_Minh or +07:00; otherwise the system's")},

    {"radio", SETTINGS_RADIO, SETTING_TEXT, AT(radio), FROM(1, 0), "auto", N_("RADIO"),
     N_("auto, hci:hci0, bluez:hci0, h4:SOCKET, capture:FILE or sim:FILE")},
    {"scan-interval", SETTINGS_RADIO, SETTING_NUMBER, AT(scan_interval_ms), FROM(3, 10240), "60",
     N_("MS"), N_("milliseconds from one listening to the next")},
    {"scan-window", SETTINGS_RADIO, SETTING_NUMBER, AT(scan_window_ms), FROM(3, 10240), "60",
     N_("MS"), N_("milliseconds of it that it listens")},
    {"reference", SETTINGS_RADIO, SETTING_REFERENCE, AT(reference), ANY, "", N_("BEACON"),
     N_("the fixed beacon that proves hearing: its address, or UUID/MAJOR/MINOR")},
    {"reference-level", SETTINGS_RADIO, SETTING_NUMBER, AT(reference_level_dbm), FROM(-127, 0), "0",
     N_("DBM"), N_("its level here; 0: as calibration measures it")},

    {"mode", SETTINGS_CHECK, SETTING_CHOICE, AT(mode), ONE_OF(modes), "attended", N_("MODE"),
     N_("attended, walk_through or share_only")},
    {"person", SETTINGS_CHECK, SETTING_CHOICE, AT(person), ONE_OF(persons), "staff", N_("WHO"),
     N_("who comes, until the guard says otherwise: staff or visitor")},
    {"direction", SETTINGS_CHECK, SETTING_CHOICE, AT(direction), ONE_OF(directions), "in",
     N_("WHERE"), N_("in or out, until the guard says otherwise")},
    {"calibration-file", SETTINGS_CHECK, SETTING_PATH, AT(calibration_file), FROM(1, 0),
     "/var/lib/beacon-entrance/calibration", N_("FILE"), N_("where calibration is kept")},

    {"tally-file", SETTINGS_TALLY, SETTING_PATH, AT(tally_file), FROM(1, 0),
     "/var/lib/beacon-entrance/tally.db", N_("FILE"), N_("where visits are kept")},
    {"condense-days", SETTINGS_TALLY, SETTING_NUMBER, AT(condense_days), FROM(1, 30), "30",
     N_("DAYS"), N_("days after which only hourly sums of visits are kept")},

    {"terminal", SETTINGS_SCREEN, SETTING_SWITCH, AT(terminal), ANY, "on", N_("SWITCH"),
     N_("show the door on the terminal: on or off")},
    {"bell", SETTINGS_SCREEN, SETTING_SWITCH, AT(bell), ANY, "on", N_("SWITCH"),
     N_("sound the terminal's bell: on or off")},

    {"web-listen", SETTINGS_WEB, SETTING_LISTEN, AT(web_listen), ANY, "127.0.0.1:8740",
     N_("ADDRESS"), N_("address and port of the local screen's page")},
    {"web-listen-tls", SETTINGS_WEB, SETTING_LISTEN, AT(web_listen_tls), ANY, "", N_("ADDRESS"),
     N_("address and port of the page over TLS; otherwise nowhere")},
    {"web-certificate", SETTINGS_WEB, SETTING_PATH, AT(web_certificate), ANY, "", N_("FILE"),
     N_("certificate for TLS, PEM")},
    {"web-key", SETTINGS_WEB, SETTING_PATH, AT(web_key), ANY, "", N_("FILE"),
     N_("its private key, PEM")},
    {"web-pin-file", SETTINGS_WEB, SETTING_PATH, AT(web_pin_file), ANY, "", N_("FILE"),
     N_("the guard's PIN for the page over TLS, as 'pin' writes it, mode 0600")},
    {"web-listen-totals", SETTINGS_WEB, SETTING_LISTEN, AT(web_listen_totals), ANY, "",
     N_("ADDRESS"), N_("address and port of hourly totals for the office; otherwise nowhere")},
    {"web-hosts", SETTINGS_WEB, SETTING_TEXT, AT(web_hosts), ANY, "", N_("NAMES"),
     N_("names of this machine beside its addresses, separated by commas")},
    {"install-url", SETTINGS_WEB, SETTING_URL, AT(install_url), ANY, "https://www.bluezone.gov.vn/",
     N_("URL"), N_("where to install the app: in the code and in words")},

    {"organisation", SETTINGS_REPORT, SETTING_TEXT, AT(organisation), ANY, "", N_("NAME"),
     N_("the issuing unit")},
    {"superior", SETTINGS_REPORT, SETTING_TEXT, AT(superior), ANY, "", N_("NAME"),
     N_("the unit above it")},
    {"abbreviation", SETTINGS_REPORT, SETTING_TEXT, AT(abbreviation), ANY, "", N_("LETTERS"),
     N_("of the unit, in the report's number")},
    {"place", SETTINGS_REPORT, SETTING_TEXT, AT(place), ANY, "", N_("PLACE"),
     N_("where the report is signed")},
    {"recipients", SETTINGS_REPORT, SETTING_TEXT, AT(recipients), ANY,
     "UBND tỉnh (để b/c); Ban Chỉ đạo tỉnh (để b/c); Lưu: VT", N_("NAMES"),
     N_("who receives the report, separated by semicolons")},
    {"report-number", SETTINGS_REPORT, SETTING_TEXT, AT(report_number), ANY, "", N_("NUMBER"),
     N_("the report's number; otherwise room to write it")},
    {"head-title", SETTINGS_REPORT, SETTING_TEXT, AT(head_title), ANY, "", N_("TITLE"),
     N_("of who signs the report")},
    {"province-letter", SETTINGS_REPORT, SETTING_TEXT, AT(province_letter), ANY, "4758/VP-KGVX",
     N_("NUMBER"), N_("the province's letter that asks for the report")},
    {"province-letter-date", SETTINGS_REPORT, SETTING_DATE, AT(province_letter_date), ANY,
     "2020-08-05", N_("DAY"), N_("its date")},
    {"province-letter-from", SETTINGS_REPORT, SETTING_TEXT, AT(province_letter_from), ANY,
     "Văn phòng Ủy ban nhân dân tỉnh Kiên Giang", N_("NAME"), N_("who wrote it")},
    {"ministry-letter", SETTINGS_REPORT, SETTING_TEXT, AT(ministry_letter), ANY, "2841/BTTTT-THH",
     N_("NUMBER"), N_("the ministry's letter with the ten measures")},
    {"ministry-letter-date", SETTINGS_REPORT, SETTING_DATE, AT(ministry_letter_date), ANY,
     "2020-08-01", N_("DAY"), N_("its date")},
    {"ministry-letter-from", SETTINGS_REPORT, SETTING_TEXT, AT(ministry_letter_from), ANY,
     "Bộ Thông tin và Truyền thông", N_("NAME"), N_("who wrote it")},
    {"due-date", SETTINGS_REPORT, SETTING_DATE, AT(due_date), ANY, "2020-08-10", N_("DAY"),
     N_("when the report is due")},
    {"staff-total", SETTINGS_REPORT, SETTING_COUNT, AT(staff_total), FROM(0, 1000000), "",
     N_("NUMBER"), N_("how many work here")},
    {"staff-with-smartphone", SETTINGS_REPORT, SETTING_COUNT, AT(staff_with_smartphone),
     FROM(0, 1000000), "", N_("NUMBER"), N_("how many of them have a smartphone")},
    {"office-from", SETTINGS_REPORT, SETTING_MINUTES, AT(office_from_minute), ANY, "07:00",
     N_("TIME"), N_("office hours begin, Monday to Friday")},
    {"office-to", SETTINGS_REPORT, SETTING_MINUTES, AT(office_to_minute), ANY, "17:00", N_("TIME"),
     N_("office hours end")},
};

static const char *const group_names[] = {"general", "radio", "check", "tally",
                                          "screen",  "web",   "report"};

const char *settings_group_name(enum settings_group group)
{
    gsize index = 0;

    while (((guint)group >> index) > 1)
        index++;
    return group_names[index];
}

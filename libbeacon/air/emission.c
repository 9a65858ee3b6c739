/* SPDX-License-Identifier: MIT */
/* What each kind of device sends. */
#include "air/model.h"

#include <string.h>

/* A stream that stays the same as long as the device's address does. */
static struct bcn_random data_stream(const struct bcn_device *device, const uint8_t address[6])
{
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_DATA);
    uint64_t number = 0;

    for (size_t i = 0; i < 6; i++)
        number = number << 8 | address[i];
    random.state = bcn_mix_in(random.state, number);
    return random;
}

static void put(struct beacon_advert *advert, const uint8_t *bytes, size_t size)
{
    memcpy(advert->bytes + advert->size, bytes, size);
    advert->size = (uint8_t)(advert->size + size);
}

static void put_random(struct beacon_advert *advert, struct bcn_random *random, size_t size)
{
    bcn_random_fill(random, advert->bytes + advert->size, size);
    advert->size = (uint8_t)(advert->size + size);
}

/* Service UUID 0xFD6F; 16 bytes of identifier and 4 of metadata that change with the address
 * (Exposure Notification, Bluetooth specification 1.2). */
static void make_gaen(struct bcn_random *random, struct beacon_advert *advert)
{
    static const uint8_t head[] = {0x02, 0x01, 0x1A, 0x03, 0x03, 0x6F,
                                   0xFD, 0x17, 0x16, 0x6F, 0xFD};

    put(advert, head, sizeof(head));
    put_random(advert, random, 20);
}

/* UUID, major and minor of the device's own, and the level at 1 m that it claims. */
static void make_ibeacon(struct bcn_random *random, double level_dbm, struct beacon_advert *advert)
{
    static const uint8_t head[] = {0x02, 0x01, 0x06, 0x1A, 0xFF, 0x4C, 0x00, 0x02, 0x15};
    const uint8_t level = (uint8_t)(int)level_dbm;

    put(advert, head, sizeof(head));
    put_random(advert, random, 20);
    put(advert, &level, 1);
}

/* Eddystone-UID: the level at 0 m is 41 dB above that at 1 m; namespace and instance; two reserved
 * bytes. */
static void make_eddystone(struct bcn_random *random, double level_dbm,
                           struct beacon_advert *advert)
{
    static const uint8_t head[] = {0x02, 0x01, 0x06, 0x03, 0x03, 0xAA,
                                   0xFE, 0x17, 0x16, 0xAA, 0xFE, 0x00};
    static const uint8_t reserved[2];
    const uint8_t level = (uint8_t)(int)(level_dbm + 41.0);

    put(advert, head, sizeof(head));
    put(advert, &level, 1);
    put_random(advert, random, 16);
    put(advert, reserved, sizeof(reserved));
}

/* A name and a block of a maker's (0xFFFF is kept for tests: Assigned Numbers, company
 * identifiers). */
static void make_earbuds(struct bcn_random *random, struct beacon_advert *advert)
{
    static const uint8_t head[] = {0x02, 0x01, 0x06, 0x05, 0x09, 'B', 'u',
                                   'd',  's',  0x0B, 0xFF, 0xFF, 0xFF};

    put(advert, head, sizeof(head));
    put_random(advert, random, 8);
}

/* Another app's bit alone, anywhere but where Bluezone's is. */
static void make_other_bit(const struct bcn_device *device, struct beacon_advert *advert)
{
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_DATA);
    int64_t bit = bcn_random_below(&random, 127); /* counted without Bluezone's, which is the 5th */
    uint8_t *bitmap;

    if (bit >= 4)
        bit++;
    beacon_advert_iphone_background(NULL, advert);
    bitmap = advert->bytes + advert->size - 16;
    memset(bitmap, 0, 16);
    bitmap[bit / 8] = (uint8_t)(0x80 >> bit % 8);
}

/* A Bluezone phone's identifier: an Android has read it when its burst began, an iPhone reads it
 * when asked. */
static void find_own_identifier(struct bcn_device *device, struct bcn_emission *emission,
                                int64_t read_us, uint32_t slots_per_day)
{
    emission->has_identifier = true;
    bcn_device_identifier(device, read_us + device->clock_us, slots_per_day, &emission->identifier,
                          &emission->slot);
}

/* What the replayed device said, so long ago. */
static bool find_replayed(const struct bcn_device *device, struct bcn_emission *emission,
                          uint32_t slots_per_day)
{
    int64_t then_us = emission->time_us - device->forgery.delay_us, burst_us;
    struct bcn_device source = *device->forgery.replayed; /* its chain stays as it is */
    const struct bcn_state *state = bcn_device_state(&source, then_us);

    if (!bcn_device_is_there(&source, then_us) || !bcn_kinds[state->kind].has_app ||
        bcn_device_on_air(&source, then_us, &burst_us) != then_us)
        return false;
    /* An iPhone's was read over GATT, just then; its burst began when the world did. */
    find_own_identifier(&source, emission, state->tuning.on_us > 0 ? burst_us : then_us,
                        slots_per_day);
    return true;
}

static bool find_forged(const struct bcn_device *device, struct bcn_emission *emission,
                        uint32_t slots_per_day)
{
    struct bcn_random random = bcn_random_stream(device->key, BCN_STREAM_DATA);
    const struct bcn_forgery *forgery = &device->forgery;

    if (forgery->replayed)
        return find_replayed(device, emission, slots_per_day);
    if (beacon_slot_at(emission->time_us / 1000, slots_per_day, &emission->slot) != 0)
        return false;
    if (forgery->identifiers > 0) {
        random.state = bcn_mix_in(random.state, (uint64_t)(device->sent % forgery->identifiers));
        random.state = bcn_mix_in(random.state, (uint64_t)emission->slot.start_ms);
    } else {
        random.state = bcn_mix_in(random.state, (uint64_t)device->sent);
    }
    bcn_random_fill(&random, emission->identifier.bytes, sizeof(emission->identifier.bytes));
    emission->has_identifier = true;
    return true;
}

static bool fill_android(struct bcn_emission *emission, int64_t burst_us, uint32_t slots_per_day)
{
    find_own_identifier(emission->device, emission, burst_us, slots_per_day);
    beacon_advert_android(&emission->identifier, &emission->packet.advert);
    return true;
}

static bool fill_iphone(struct bcn_emission *emission, uint32_t slots_per_day)
{
    bool is_open = emission->state->kind == BEACON_AIR_IPHONE_OPEN;

    find_own_identifier(emission->device, emission, emission->time_us, slots_per_day);
    if (is_open)
        beacon_advert_iphone_open(&emission->packet.advert);
    else
        beacon_advert_iphone_background(NULL, &emission->packet.advert);
    return true;
}

static bool fill(struct bcn_emission *emission, int64_t burst_us, uint32_t slots_per_day)
{
    struct beacon_advert *advert = &emission->packet.advert;
    struct bcn_random random = data_stream(emission->device, emission->packet.address);

    switch (emission->state->kind) {
    case BEACON_AIR_ANDROID_OPEN:
    case BEACON_AIR_ANDROID_BACKGROUND:
    case BEACON_AIR_ANDROID_DOZE:
        return fill_android(emission, burst_us, slots_per_day);
    case BEACON_AIR_IPHONE_OPEN:
    case BEACON_AIR_IPHONE_BACKGROUND:
    case BEACON_AIR_IPHONE_STALLING:
    case BEACON_AIR_IPHONE_REFUSING:
        return fill_iphone(emission, slots_per_day);
    case BEACON_AIR_IPHONE_SAME_BIT:
        beacon_advert_iphone_background(NULL, advert);
        return true;
    case BEACON_AIR_IPHONE_OTHER_BIT:
        make_other_bit(emission->device, advert);
        return true;
    case BEACON_AIR_GAEN:
        make_gaen(&random, advert);
        return true;
    case BEACON_AIR_IBEACON:
        make_ibeacon(&random, emission->state->tuning.level_dbm, advert);
        return true;
    case BEACON_AIR_EDDYSTONE:
        make_eddystone(&random, emission->state->tuning.level_dbm, advert);
        return true;
    case BEACON_AIR_EARBUDS:
        make_earbuds(&random, advert);
        return true;
    case BEACON_AIR_FORGER:
        if (!find_forged(emission->device, emission, slots_per_day))
            return false;
        beacon_advert_android(&emission->identifier, advert);
        return true;
    default:
        return false;
    }
}

bool bcn_emission_make(struct bcn_device *device, int64_t time_us, uint32_t slots_per_day,
                       struct bcn_emission *ret_emission)
{
    const struct bcn_state *state = &device->states[device->state_now];
    struct beacon_air_packet *packet = &ret_emission->packet;
    int64_t burst_us;

    ret_emission->time_us = time_us;
    ret_emission->device = device;
    ret_emission->state = state;
    ret_emission->has_identifier = false;
    if (state->kind == BEACON_AIR_NODE) {
        *packet = device->given;
        return true;
    }
    if (bcn_device_on_air(device, time_us, &burst_us) != time_us)
        return false;
    packet->is_connectable = bcn_kinds[state->kind].is_connectable;
    packet->address_type = bcn_kinds[state->kind].address_type;
    packet->tx_power_dbm = BEACON_TX_POWER_ABSENT;
    packet->advert.size = 0;
    bcn_device_address(device, state, time_us, burst_us, device->sent, packet->address);
    return fill(ret_emission, burst_us, slots_per_day);
}

#include "feed/carrier.h"

#include <stdbool.h>
#include <string.h>

/* Providers' names for a carrier, as carrier_slug() leaves them, where that is not our
 * code already. The numbers are 17TRACK's carrier keys. */
static const struct { const char *name, *code; } aliases[] = {
    {"united_parcel_service", "ups"}, {"upsdap", "ups"}, {"ups_walleted", "ups"}, {"ups_ground", "ups"},
    {"upsmailinnovations", "ups_mail_innovations"}, {"upsmi", "ups_mail_innovations"}, {"ups_mi", "ups_mail_innovations"},
    {"ups_surepost", "ups"}, {"upssurepost", "ups"}, {"100002", "ups"},
    {"stamps_com", "usps"}, {"endicia", "usps"}, {"united_states_postal", "usps"}, {"us_postal_service", "usps"},
    {"usps_webtools", "usps"}, {"21051", "usps"},
    {"fedexdefault", "fedex"}, {"fedex_default", "fedex"}, {"fedex_walleted", "fedex"}, {"fedex_ground", "fedex"},
    {"fedexgroundeconomy", "fedex"}, {"fedexsmartpost", "fedex"}, {"fedex_smartpost", "fedex"}, {"fedex_uk", "fedex"},
    {"100003", "fedex"},
    {"dhlexpress", "dhl"}, {"dhl_express", "dhl"}, {"dhl_express_worldwide", "dhl"}, {"dhl_expr", "dhl"},
    {"100001", "dhl"},
    {"dhlecs", "dhl_ecommerce"}, {"dhlecommerce", "dhl_ecommerce"}, {"dhl_ecommerce_us", "dhl_ecommerce"},
    {"dhl_global_mail", "dhl_ecommerce"}, {"dhlglobalmail", "dhl_ecommerce"},
    {"dhl_paket", "dhl_germany"}, {"deutsche_post_dhl", "dhl_germany"}, {"7041", "dhl_germany"},
    {"canadapost", "canada_post"}, {"postes_canada", "canada_post"}, {"canada_post_walleted", "canada_post"},
    {"3041", "canada_post"},
    {"australiapost", "australia_post"}, {"auspost", "australia_post"}, {"1151", "australia_post"},
    {"royalmail", "royal_mail"}, {"royalmailv3", "royal_mail"}, {"11031", "royal_mail"},
    {"chinapost", "china_post"}, {"3011", "china_post"},
    {"amazonmws", "amazon"}, {"amazonshipping", "amazon"}, {"amazon_shipping", "amazon"}, {"amazon_logistics", "amazon"},
    {"amazon_swa", "amazon"}, {"lasership", "ontrac"}, {"lasershipv2", "ontrac"}, {"ontracv2", "ontrac"},
    {"ontrac_v3", "ontrac"}, {"purolatorcourier", "purolator"}, {"dpduk", "dpd_uk"}, {"hermes_uk", "evri"},
    {"hermes", "evri"}, {"myhermes", "evri"}, {"myhermes_uk", "evri"},
    {"laposte", "colissimo"}, {"la_poste_colissimo", "colissimo"}, {"postnl_international", "postnl"},
    {"postnl_3s", "postnl"},
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

/* Lower-case letters and digits; anything else between them becomes one underscore. */
static size_t slug(const char *name, size_t n, char out[CARRIER_MOST + 1])
{
    size_t len = 0;
    bool gap = false;
    for (size_t i = 0; i < n && len < CARRIER_MOST; i++) {
        char c = lower(name[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            gap = len > 0;
            continue;
        }
        if (gap && len + 2 > CARRIER_MOST)
            break;
        if (gap)
            out[len++] = '_';
        gap = false;
        out[len++] = c;
    }
    out[len] = '\0';
    return len;
}

size_t carrier_code(const char *name, size_t n, char out[CARRIER_MOST + 1])
{
    size_t len = slug(name, n, out);
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcmp(out, aliases[i].name) != 0)
            continue;
        len = strlen(aliases[i].code);
        memcpy(out, aliases[i].code, len + 1);
        break;
    }
    return len;
}

/* ISO 3166-1: alpha-3 and its alpha-2, six bytes an entry, sorted. */
static const char countries[] =
    "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG "
    "AUSAU AUTAT AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL "
    "BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH "
    "CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX "
    "CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES "
    "ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI "
    "GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM "
    "HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT "
    "JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB "
    "LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD "
    "MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS "
    "MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO "
    "NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP "
    "PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS "
    "SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI "
    "SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO "
    "TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC "
    "VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS XKXXK YEMYE ZAFZA ZMBZM ZWEZW ";

static const char *alpha2_of(const char code[3])
{
    size_t low = 0, high = sizeof countries / 6;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(code, countries + middle * 6, 3);
        if (!order)
            return countries + middle * 6 + 3;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool carrier_country(const char *code, size_t n, char out[2])
{
    char up[3];
    if (n != 2 && n != 3)
        return false;
    for (size_t i = 0; i < n; i++) {
        up[i] = code[i] >= 'a' && code[i] <= 'z' ? (char)(code[i] - 32) : code[i];
        if (up[i] < 'A' || up[i] > 'Z')
            return false;
    }
    const char *two = n == 3 ? alpha2_of(up) : !memcmp(up, "UK", 2) ? "GB" : up;
    if (!two)
        return false;
    memcpy(out, two, 2);
    return true;
}
